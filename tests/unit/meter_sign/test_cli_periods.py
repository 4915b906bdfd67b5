"""`meter-sign periods`: the signed readings laid out, and the word on the clock that dated them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.catalogue import Language
from meter_sign.cli import main
from meter_sign.cli.periods import OWN_WORDS
from tests.support import pcdf
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION, spki_hex, value, xml
from tests.support.records import KEY, payload, reading, record_text

if TYPE_CHECKING:
    from pathlib import Path


def session(*readings: dict[str, Any], **fields: Any) -> bytes:
    """A file of one record with these readings and its key."""
    return xml(value(record_text(payload(*readings, **fields)).decode(), key=spki_hex(KEY), transactionId="17"))


def clocked(begin: str, end: str) -> bytes:
    """A whole session whose clock had these statuses."""
    return session(reading("B", "100.0", "08:00:00", begin), reading("E", "110.5", "09:00:00", end))


FILES = {
    "valid.xml": session(BEGIN, END),
    "steps.xml": session(BEGIN, reading("C", "104.25", "08:15:00"), reading("T", "104.25", "08:45:00"), END),
    "pair.xml": xml(
        value(BEGIN_RECORD, key=spki_hex(KEY), transactionId="1"),
        value(END_RECORD, key=spki_hex(KEY), transactionId="1"),
    ),
    "half.xml": session(BEGIN),
    "two.xml": xml(
        value(BEGIN_RECORD, key=spki_hex(KEY), transactionId="1"),
        value(record_text(payload(BEGIN, END, PG="T2")).decode(), key=spki_hex(KEY)),
    ),
    "tampered.xml": session(BEGIN, END).replace(b"110.5", b"910.5"),
    "partly.xml": xml(
        value(SESSION, key=spki_hex(KEY)),
        value(SESSION.replace("110.5", "910.5"), key=spki_hex(KEY), transactionId="2"),
    ),
    "open.txt": SESSION.encode(),
    "prose.txt": b"kWh",
    "instant.xml": session(reading("B", "100.0"), reading("E", "110.5")),
    "export.xml": session(reading("B", "1", RI="1-0:2.8.0"), reading("E", "2", "09:00:00", RI="1-0:2.8.0")),
    "S.xml": clocked("S", "S"),
    "R.xml": clocked("R", "R"),
    "SR.xml": clocked("S", "R"),
    "I.xml": clocked("I", "I"),
    "none.xml": clocked("", ""),
    "key.hex": spki_hex(KEY).encode(),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all the files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `--json` printed, one object a line."""
    main(["periods", "--json", *words.split()])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("valid.xml", 0),
        ("--key key.hex open.txt", 0),
        ("open.txt", 2),
        ("half.xml", 2),
        ("export.xml", 2),
        ("two.xml", 0),
        ("tampered.xml", 2),
        ("partly.xml", 2),
        ("prose.txt", 3),
        ("missing.xml", 1),
        ("instant.xml", 0),
        ("--require-key-source registry valid.xml", 2),
        ("valid.xml prose.txt", 3),
        ("--strict valid.xml", 1),
    ],
)
@pytest.mark.parametrize("form", ["", "--json "])
def test_exit_status(words: str, expected: int, form: str) -> None:
    """As verify, and 2 where nothing may be billed."""
    assert expected == main(["periods", *f"{form}{words}".split()])


def test_json_of_a_session(capsys: pytest.CaptureFixture[str]) -> None:
    """A period between each two signed readings; amounts are strings with the signed digits, times are UTC."""
    (file,) = shown("steps.xml", capsys)
    assert file == {
        "file": "steps.xml",
        "verdict": "valid",
        "transactions": [
            {
                "transaction_id": "17", "billable": True, "energy_kwh": "10.5", "register": "1-0:1.8.0",
                "begin": "2024-03-01T08:00:00Z", "end": "2024-03-01T09:00:00Z",
                "billable_time": "absolute", "clock_believed": True,
                "periods": [
                    {"start": "2024-03-01T08:00:00Z", "end": "2024-03-01T08:15:00Z", "energy_kwh": "4.25",
                     "signed_at_both_ends": True},
                    {"start": "2024-03-01T08:15:00Z", "end": "2024-03-01T08:45:00Z", "energy_kwh": "0.00",
                     "signed_at_both_ends": True},
                    {"start": "2024-03-01T08:45:00Z", "end": "2024-03-01T09:00:00Z", "energy_kwh": "6.25",
                     "signed_at_both_ends": True},
                ],
                "findings": [],
            }
        ],
    }  # fmt: skip


def test_a_pair_of_records_is_one_session(capsys: pytest.CaptureFixture[str]) -> None:
    """Begin and end in records of their own make the same period as in one."""
    (pair, whole) = shown("pair.xml valid.xml", capsys)
    assert pair["transactions"][0]["periods"] == whole["transactions"][0]["periods"]


@pytest.mark.parametrize("name", ["half.xml", "export.xml", "tampered.xml"])
def test_what_is_not_billable_has_no_periods(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is laid out that may not be billed, and the reason stands there."""
    ((transaction,),) = [file["transactions"] for file in shown(name, capsys)]
    assert (False, []) == (transaction["billable"], transaction["periods"])
    assert transaction["findings"]


@pytest.mark.parametrize(
    ("name", "believed", "billable_time"),
    [
        ("S.xml", True, "absolute"),
        ("R.xml", False, "duration"),
        ("SR.xml", False, "duration"),
        ("I.xml", False, "none"),
        ("none.xml", False, "none"),
    ],
)
def test_only_a_synchronised_clock_is_believed(
    name: str, *, believed: bool, billable_time: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other clock still tells where the readings lie, and the answer says what that is worth."""
    ((transaction,),) = [file["transactions"] for file in shown(name, capsys)]
    assert (believed, billable_time) == (transaction["clock_believed"], transaction["billable_time"])
    (period,) = transaction["periods"]
    assert ("2024-03-01T08:00:00Z", "2024-03-01T09:00:00Z", "10.5") == (
        period["start"], period["end"], period["energy_kwh"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("valid.xml", "2024-03-01T08:00:00Z to 2024-03-01T09:00:00Z (1:00:00): 10.5 kWh"),
        ("valid.xml", "clock: synchronised"),
        ("R.xml", "the durations are believed, the times of day are not"),
        ("I.xml", "the times are only what the meter told"),
        ("--language de I.xml", "die Zeiten sind nur, was der Zähler sagt"),
        ("half.xml", "error TRANSACTION_INCOMPLETE"),
        ("half.xml", "may not be billed, so there are no periods"),
        ("instant.xml", "SESSION_TIMES_INVALID"),
        ("prose.txt", "NOT_RECOGNISED"),
        ("two.xml", "transaction (without id): 10.5 kWh (1-0:1.8.0)"),
    ],
)
def test_words(words: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """People read the same in words."""
    main(["periods", *words.split()])
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize("name", ["tampered.xml", "open.txt"])
def test_unproven_energy_is_not_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of what is not verified no amount appears."""
    main(["periods", name])
    main(["periods", "--json", name])
    printed = capsys.readouterr().out
    assert not [amount for amount in ("910.5", "810.5", "10.5") if amount in printed]


def test_local_time_without_a_zone_makes_no_periods(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The energy is proven and billable; when it flowed nobody can say, and nothing is made up."""
    (here / "session.pcdf").write_text(pcdf.line(), encoding="ascii")
    assert 0 == main(["periods", "session.pcdf"])
    assert "no instant is signed" in capsys.readouterr().out
    ((transaction,),) = [file["transactions"] for file in shown("session.pcdf", capsys)]
    assert (True, "10.500", None, None, []) == (
        transaction["billable"], transaction["energy_kwh"].lstrip("0"), transaction["begin"], transaction["end"],
        transaction["periods"],
    )  # fmt: skip


def test_an_unreadable_file_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON holds the reason."""
    (file,) = shown("prose.txt", capsys)
    assert ("unreadable", "NOT_RECOGNISED", []) == (file["verdict"], file["error"]["code"], file["transactions"])


def test_both_languages_say_the_same_things() -> None:
    """Every sentence exists in both languages."""
    assert OWN_WORDS[Language.ENGLISH].keys() == OWN_WORDS[Language.GERMAN].keys()
