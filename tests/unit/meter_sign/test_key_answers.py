"""What is said when the caller's keys do not fit: nobody is accused, and nothing is passed over in silence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from meter_sign import cli
from meter_sign.codes import Code
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import KeyPolicy, NamedKey, Status, ValueJudgement, Verdict, judge
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.ocmf import BEGIN, END, SESSION, spki_hex, value, xml
from tests.support.records import OTHER_KEY, payload, record_text

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
FILE = xml(value(SESSION, key=spki_hex()))


def judged(raw: bytes, policy: KeyPolicy) -> ValueJudgement:
    """The only value of a file."""
    (only,) = judge(raw, policy, at=AT).values
    return only


def given(text: str, name: str | None = None) -> KeyPolicy:
    """A key of the caller's."""
    return KeyPolicy(arguments=(NamedKey(name=name, text=text),))


def registered(meter_id: str, key: str = spki_hex(), valid_until: datetime | None = None) -> KeyPolicy:
    """A registry of one key."""
    entry = MeterKey(
        meter_id=meter_id, name="meter", key=decode_public_key(key), valid_until=valid_until, provenance="nameplate"
    )
    return KeyPolicy(registry=KeyRegistry((entry,)))


@pytest.mark.parametrize("text", ["no key at all", "00" * 65, "04" + "11" * 96])
def test_a_key_for_every_record_that_is_none_accuses_nobody(text: str) -> None:
    """A key without a name that cannot be decoded is KEY_INVALID, not another key of the meter."""
    found = judged(FILE, given(text))
    assert (Status.UNTRUSTED_KEY, (Code.KEY_INVALID,)) == (found.status, found.problems)


def test_another_key_for_every_record_is_an_alarm() -> None:
    """A good key that did not make the signature, while the file's own did, is a mismatch."""
    found = judged(FILE, given(spki_hex(OTHER_KEY)))
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == (found.status, found.problems)


def test_a_registry_that_does_not_know_the_meter_is_told() -> None:
    """The file's own key still counts by contract, and the warning says that the registry had no answer."""
    found = judged(FILE, registered("M2"))
    assert (Status.VERIFIED, (Code.KEY_UNKNOWN,)) == (found.status, found.warnings)
    assert () == judged(FILE, registered("M1")).warnings
    assert () == judged(FILE, KeyPolicy()).warnings


def test_whose_time_counts_is_told() -> None:
    """A key that ended is judged at the readings' time, or now where the record does not know the time, and says so."""
    ended = registered("M1", valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    unknown = record_text(payload(BEGIN | {"TM": "2019-01-01T08:00:00,000+0000 U"}, END | {"TM": None})).decode()
    for text, whose in ((SESSION, "at the readings' time"), (unknown, "at the time of the judgement")):
        found = judged(xml(value(text, key=spki_hex())), ended)
        assert (Code.KEY_NOT_VALID_AT_TIME,) == found.problems
        assert whose in (found.detail or "")


@pytest.mark.parametrize(
    "policy",
    [
        KeyPolicy(), KeyPolicy(require_registry=True), given(spki_hex(OTHER_KEY)), given(spki_hex(OTHER_KEY), "M1"),
        registered("M1", spki_hex(OTHER_KEY)), registered("M1", valid_until=datetime(2020, 1, 1, tzinfo=UTC)),
        given("no key at all"),
    ],
    ids=["none", "registry required", "other", "other, named", "other, registered", "ended", "undecodable"],
)  # fmt: skip
def test_the_drivers_tool_does_not_know_our_keys(policy: KeyPolicy) -> None:
    """Whatever keys count here, the driver has the file alone, and the opinion is about that."""
    (only,) = judge(FILE, policy, at=AT).transactions
    assert only.transparenzsoftware.would_verify


def test_a_file_that_disagrees_with_itself_is_refused_there_too() -> None:
    """A wrong key beside the record is refused by the tool, whatever key verifies it here."""
    judgement = judge(xml(value(SESSION, key=spki_hex(OTHER_KEY))), registered("M1"), at=AT)
    (only,) = judgement.transactions
    assert (Verdict.UNVERIFIED, False) == (judgement.verdict, only.transparenzsoftware.would_verify)


def test_a_deviation_says_which_field(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`explain` names the fields that deviate, for people and for programs."""
    record = record_text(payload(BEGIN, END | {"ST": None, "RI": None}, MS=None, IS="true")).decode()
    file = tmp_path / "record.xml"
    file.write_bytes(xml(value(record, key=spki_hex())))
    cli.main(["explain", "--json", str(file)])
    (only,) = json.loads(capsys.readouterr().out)["values"]
    assert {"FIELD_MISSING": ["/MS"], "FIELD_SPELLING": ["/IS"]} == {
        one["code"]: one["where"] for one in only["deviations"]
    }
    cli.main(["explain", str(file)])
    assert "where: /MS\n" in capsys.readouterr().out


def test_a_command_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Who mistypes a command reads the word, and which there are."""
    assert 1 == cli.main(["verfiy", "x"])
    said = capsys.readouterr().err
    assert "'verfiy'" in said
    assert "verify, explain" in said
