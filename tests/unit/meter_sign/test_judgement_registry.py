"""The registry at work in a judgement: records without a serial, keys at an EVSE, time that may be billed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.cli import UsageError
from meter_sign.cli.key_file import read_registry
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, judge
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.ocmf import BEGIN, END, SESSION, spki_hex, value, xml
from tests.support.records import KEY, OTHER_KEY, payload, record_text

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "DE*ABC*E1*1"


def policy(*keys: MeterKey, evse_uid: str | None = None, **fields: Any) -> KeyPolicy:
    """Only registered keys count, as at the gateway."""
    return KeyPolicy(registry=KeyRegistry(keys), require_registry=True, evse_uid=evse_uid, **fields)


def key(meter_id: str, signer: Any = KEY, **fields: Any) -> MeterKey:
    """A registered key."""
    public = decode_public_key(spki_hex(signer))
    return MeterKey(meter_id=meter_id, name="n", key=public, provenance="nameplate", **fields)


def judged(text: str | bytes, keys: KeyPolicy) -> Judgement:
    """Judge a file at a fixed time."""
    return judge(text if isinstance(text, bytes) else text.encode(), keys, at=AT)


def status(text: str | bytes, keys: KeyPolicy) -> tuple[Status, tuple[Code, ...]]:
    """Status and problems of the only value."""
    (only,) = judged(text, keys).values
    return only.status, only.problems


def session(**fields: Any) -> str:
    """A whole session in one record, with these fields."""
    return record_text(payload(BEGIN, END, **fields)).decode()


VERIFIED = (Status.VERIFIED, ())
MISSING = (Status.UNTRUSTED_KEY, (Code.KEY_MISSING,))
GATEWAY_ONLY, NAMELESS = session(MS=None), session(MS=None, GS=None)


@pytest.mark.parametrize("text", [GATEWAY_ONLY, NAMELESS])
def test_record_without_a_serial_is_looked_up_by_its_evse(text: str) -> None:
    """The key is registered under the meter's printed serial, which the record does not state."""
    assert VERIFIED == status(text, policy(key("printed", evse_uid=HERE), evse_uid=HERE))


def test_gateway_that_is_registered_is_looked_up_by_its_serial() -> None:
    """A stated id that somebody registered comes before the place."""
    keys = policy(key("G1", OTHER_KEY), key("printed", evse_uid=HERE), evse_uid=HERE)
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == status(GATEWAY_ONLY, keys)


def test_record_with_a_serial_is_never_looked_up_by_its_evse() -> None:
    """What another meter signed does not become this place's by being brought here."""
    assert MISSING == status(SESSION, policy(key("printed", evse_uid=HERE), evse_uid=HERE))


@pytest.mark.parametrize("evse_uid", [None, "DE*ABC*E1*2"])
def test_key_of_another_place_does_not_count(evse_uid: str | None) -> None:
    """Without a place, or at another one, a record without a serial finds no key."""
    assert MISSING == status(NAMELESS, policy(key("printed", evse_uid=HERE), evse_uid=evse_uid))


def test_place_that_the_record_states_serves_where_the_caller_knows_none() -> None:
    """OCMF can sign the EVSE id; it is the record's word, and the key then proves it or not."""
    text = session(MS=None, GS=None, CT="EVSEID", CI=HERE)
    assert VERIFIED == status(text, policy(key("printed", evse_uid=HERE)))
    assert MISSING == status(text, policy(key("printed", evse_uid=HERE), evse_uid="elsewhere"))
    box = session(MS=None, GS=None, CT="CBIDC", CI=HERE)
    assert MISSING == status(box, policy(key("printed", evse_uid=HERE)))


def test_key_at_the_evse_that_has_ended_is_told_so() -> None:
    """The meter at this place was exchanged before the record was signed."""
    ended = key("printed", evse_uid=HERE, valid_until=datetime(2024, 1, 1, tzinfo=UTC))
    assert (Status.UNTRUSTED_KEY, (Code.KEY_NOT_VALID_AT_TIME,)) == status(NAMELESS, policy(ended, evse_uid=HERE))


def test_key_beside_the_record_does_not_outrank_the_one_at_the_evse() -> None:
    """A forger who leaves out the serial and brings his own key meets the key of the place."""
    forged = record_text(payload(BEGIN, END, MS=None), key=OTHER_KEY).decode()
    keys = policy(key("printed", evse_uid=HERE), evse_uid=HERE)
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == status(
        xml(value(forged, key=spki_hex(OTHER_KEY))), keys
    )


def test_key_given_for_a_server_id_serves_every_spelling_of_it() -> None:
    """`--key NAME=` takes the id as the nameplate prints it."""
    text = session(MS="0901454D4800007F87B0")
    named = NamedKey(name="09 01 45 4d 48 00 00 7f 87 b0", text=spki_hex(KEY))
    assert VERIFIED == status(text, KeyPolicy(arguments=(named,)))


# Time tariffs ---------------------------------------------------------------------------------------------------------


def time_of(keys: KeyPolicy) -> tuple[str, list[tuple[Code, Severity]]]:
    """What time of the session may be billed, and what was found."""
    (only,) = judged(SESSION, keys).transactions
    return only.transaction.billable_time, [(one.code, one.severity) for one in only.transaction.findings]


def test_registry_forbids_time_unless_it_says_otherwise() -> None:
    """A synchronised clock alone bills no time of a registered meter; the energy stays billable."""
    assert ("none", [(Code.TIME_TARIFF_FORBIDDEN, Severity.INFO)]) == time_of(policy(key("M1")))
    assert judged(SESSION, policy(key("M1"))).billable


def test_registry_allows_time() -> None:
    """Then the clock decides."""
    assert ("absolute", []) == time_of(policy(key("M1", time_tariff_allowed=True)))


def test_key_given_by_hand_leaves_time_to_the_clock() -> None:
    """Nobody said anything about the meter's type."""
    by_hand = KeyPolicy(arguments=(NamedKey(name="M1", text=spki_hex(KEY)),), registry=KeyRegistry())
    assert ("absolute", []) == time_of(by_hand)


@pytest.mark.parametrize(
    ("line", "allowed"), [("", False), ('time_tariff = "forbidden"', False), ('time_tariff = "allowed"', True)]
)
def test_registry_file_says_whether_time_may_be_billed(tmp_path: Path, line: str, *, allowed: bool) -> None:
    """Forbidden is what a file says that says nothing."""
    file = tmp_path / "keys.toml"
    file.write_text(f'[[key]]\nserial = "M1"\npublic_key = "{spki_hex(KEY)}"\nsource = "bnetza"\n{line}\n')
    (only,) = read_registry(str(file)).keys
    assert allowed == only.time_tariff_allowed


def test_registry_file_with_an_unknown_policy_is_refused(tmp_path: Path) -> None:
    """A word that nobody defined is no permission."""
    file = tmp_path / "keys.toml"
    file.write_text(f'[[key]]\nserial = "M1"\npublic_key = "{spki_hex(KEY)}"\nsource = "bnetza"\ntime_tariff = "yes"\n')
    with pytest.raises(UsageError, match="time_tariff is one of allowed, forbidden"):
        read_registry(str(file))
