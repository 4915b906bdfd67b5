"""`meter-sign explain`: every field in words, every deviation by name, and nothing unproven without saying so."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from meter_sign.catalogue import Language, explain
from meter_sign.cli import main
from meter_sign.cli.explain_words import TABLES
from meter_sign.codes import Code
from meter_sign.formats import ocmf_tables
from meter_sign.model import PaginationKind, PayloadFormat, Phase, SignatureContainer, SignerKind
from meter_sign.obis import RegisterKind
from meter_sign.timestamps import BillableTime, TimeStatus
from tests.support import alfen, pcdf
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION, sign_text, spki_hex, value, xml
from tests.support.records import KEY, OTHER_KEY, payload, reading, record_text

FULL = record_text(
    payload(
        reading("B", "100000", "08:00:00", "R", RU="Wh", RT="DC", CL=0, RM="x"),
        reading("T", "105000", "08:30:00", "R", RU="Wh", RT="DC", CL=12, EF="t"),
        reading("L", "110500", "09:00:00", "R", RU="Wh", RT="DC", CL=40),
        reading("C", None, "09:00:00", "", RI=None, RU=None, ST="M"),
        FV="1.3", GI="gateway model", GS="G1", GV="4.5", MV="maker", MM="model", MF="1.2", CT="EVSEID", CI="DE*1",
        CF="9.9", TT="0.49 EUR je kWh", LC={"LN": "cable", "LI": 3, "LR": 2, "LU": "mOhm"},
        U=[{"RV": Decimal("1.50"), "x": [True, None]}],
    )
).decode()  # fmt: skip
TAMPERED = FULL.replace('"MS": "M1"', '"MS": "M2"')
FILES = {
    "valid.xml": xml(value(SESSION, key=spki_hex(KEY), context="Transaction.End", transactionId="17")),
    "full.xml": xml(value(FULL, key=spki_hex(KEY), transactionId="17")),
    "tampered.xml": xml(value(TAMPERED, key=spki_hex(KEY), transactionId="17")),
    "open.txt": SESSION.encode(),
    "prose.txt": b"kWh",
    "empty.xml": xml(value("", transactionId="9")),
    "pair.xml": xml(
        value(BEGIN_RECORD, key=spki_hex(KEY), transactionId="1", context="Transaction.Begin"),
        value(END_RECORD, key=spki_hex(KEY), transactionId="1", context="Transaction.End"),
    ),
    "half.xml": xml(value(BEGIN_RECORD, key=spki_hex(KEY))),
    "deviating.xml": xml(value(SESSION + "|", key=spki_hex(KEY))),
    "oddkey.xml": xml(value(SESSION, key="no key")),
    "nan.xml": xml(value(sign_text('{"FV":"1.0","RD":[{"RV":NaN}]}'), key=spki_hex(KEY))),
    "key.hex": spki_hex(KEY).encode(),
    "other.hex": spki_hex(OTHER_KEY).encode(),
    "keys.toml": f"""
[[key]]
serial = "M1"
name = "plate"
public_key = "{spki_hex(KEY)}"
source = "bnetza"
valid_from = 2024-01-01T00:00:00Z
valid_until = 2025-01-01T00:00:00Z
""".encode(),
}
CHARGEIT = Path(__file__).resolve().parents[3] / "fixtures" / "chargeit" / "valid" / "session.json"
CLAIMED = {"en": "[as claimed, not proven]", "de": "[laut Datei, nicht bewiesen]"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all the files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `--json` printed, one object a line."""
    main(["explain", "--json", *words.split()])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def facts(
    words: str, capsys: pytest.CaptureFixture[str], number: int | None = None
) -> list[tuple[str, str, str | None]]:
    """Names, values and meanings of the first value, of the record or of one reading."""
    ((first, *_),) = [file["values"] for file in explained(words, capsys)]
    return [(fact["name"], fact["value"], fact["meaning"]) for fact in first["facts"] if fact["reading"] == number]


@pytest.mark.parametrize(
    "words",
    [
        "valid.xml", "tampered.xml", "open.txt", "prose.txt", "empty.xml", "nan.xml", "missing.xml", ".",
        "--key key.hex open.txt", "--key other.hex open.txt", "--key M2=key.hex open.txt", "--keys keys.toml open.txt",
        "--require-key-source registry valid.xml", "--at yesterday valid.xml",
        "valid.xml open.txt prose.txt tampered.xml",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", "--json ", "--language de "])
def test_exit_status_is_that_of_verify(words: str, form: str) -> None:
    """Explaining a file changes nothing of its verdict."""
    assert main(["verify", *words.split()]) == main(["explain", *f"{form}{words}".split()])


def test_every_field_of_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    """All that was signed about meter, place, user and tariff is told, with its meaning where it is a code."""
    signed = FULL.split("|")[1].encode()
    fingerprint = f"sha256:{sha256(bytes.fromhex(spki_hex(KEY))).hexdigest()}"
    assert facts("full.xml", capsys) == [
        ("record.format", "OCMF", "Open Charge Metering Format of S.A.F.E."),
        ("record.format_version", "1.3", None),
        ("record.bytes", str(len(FULL)), None),
        ("record.sha256", sha256(FULL.encode()).hexdigest(), None),
        ("container.transaction_id", "17", None),
        ("signature.algorithm", "ECDSA-secp256r1-SHA256", None),
        ("signature.offset", "5", None),
        ("signature.length", str(len(signed)), None),
        ("signature.sha256", sha256(signed).hexdigest(), None),
        ("key.fingerprint", fingerprint, None),
        ("key.source", "container", "with the key that came with the file: the file only agrees with itself"),
        ("signer", "meter", "a meter's key"),
        ("meter.serial", "M1", None),
        ("meter.gateway_serial", "G1", None),
        ("meter.vendor", "maker", None),
        ("meter.model", "model", None),
        ("meter.firmware", "1.2", None),
        ("charge_point.kind", "EVSEID", "an EVSE id"),
        ("charge_point.id", "DE*1", None),
        ("charge_point.controller_firmware", "9.9", None),
        ("pagination", "1", "a record of a charging process"),
        ("user.assigned", "true", "yes"),
        ("user.level", "VERIFIED", "verified by the signing component and special measures"),
        ("user.type", "ISO14443", "number of an RFID card (ISO 14443)"),
        ("user.id", "1F2D3A4F5506C7", None),
        ("user.flag", "RFID_PLAIN", "RFID card at an outside reader"),
        ("tariff_text", "0.49 EUR je kWh", None),
        ("cable.name", "cable", None),
        ("cable.number", "3", None),
        ("cable.resistance", "2 mOhm", None),
        ("further.GI", "gateway model", "the gateway's maker and model"),
        ("further.GV", "4.5", "the gateway's software"),
        ("further.U", '[{"RV":1.50,"x":[true,null]}]', None),
    ]


def test_every_field_of_a_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, clock, reason, register, value, status, flags and losses are told with what they mean."""
    assert facts("full.xml", capsys, 1) == [
        ("reading.path", "/RD/1", None),
        ("reading.time", "2024-03-01T08:30:00Z", None),
        ("reading.clock", "R", "relative: durations are exact, the time of day is a hint"),
        ("reading.reason", "T", "change of tariff"),
        ("reading.register", "1-0:1.8.0", "energy taken from the grid, as measured at the meter"),
        ("reading.value", "105000 Wh", "that is 105.000 kWh"),
        ("reading.status", "G", "the meter works as it should"),
        ("reading.error_flag", "t", "the time may not be used for billing"),
        ("reading.cumulated_loss", "12 Wh", None),
        ("reading.current_type", "DC", "direct current"),
    ]
    assert ("further.RM", "x", None) in facts("full.xml", capsys, 0)


def test_a_reading_that_only_reports_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    """What is absent is said to be absent, and nothing is made up."""
    told = {name: (shown, meaning) for name, shown, meaning in facts("full.xml", capsys, 3)}
    assert ("-", "the record states no value here") == told["reading.value"]
    assert ("M", "manipulation was detected") == told["reading.status"]


def test_a_key_of_the_registry_is_told_with_its_entry(capsys: pytest.CaptureFixture[str]) -> None:
    """Who vouches for the key, and for which time, stands there."""
    told = facts("--keys keys.toml open.txt", capsys)
    assert ("key.source", "registry", "with the key that is registered for this meter") in told
    entry = "registered as plate, from bnetza, valid from 2024-01-01T00:00:00Z, valid until 2025-01-01T00:00:00Z"
    assert ("key.registered", "M1", entry) in told


def test_every_deviation_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A deviation has its code, what it is, whose matter and what to do."""
    ((first,),) = [file["values"] for file in explained("deviating.xml", capsys)]
    words = explain(Code.FOURTH_SECTION)
    told = {"code": "FOURTH_SECTION", "what": words.what, "whose_fault": words.whose_fault, "remedy": words.remedy}
    assert [told | {"where": []}] == first["deviations"]


# Other formats ------------------------------------------------------------------------------------------------------


def test_fields_of_alfen(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the block signs beside the reading is told; the type beside the block is claimed, and no more."""
    (here / "alfen.txt").write_text(alfen.begin(), encoding="ascii")
    told = facts("alfen.txt", capsys)
    assert ("record.label", "begin", None) in told
    assert ("further.adapter_check_sum", "D3B0", "check sum of the adapter's firmware") in told
    assert ("further.seconds_index", "5000", "seconds that the meter has run") in told
    assert ("signature.offset", "-", None) in told
    assert ("reading.reason", "start", "begin of the transaction") in facts("alfen.txt", capsys, 0)


def test_fields_of_pcdf(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A difference is told as one; local time without a zone is not told as an instant."""
    (here / "session.pcdf").write_text(pcdf.line(), encoding="ascii")
    assert ("further.CD", "010000", "duration of the session, as the meter tells it") in facts("session.pcdf", capsys)
    told = facts("session.pcdf", capsys, 0)
    assert ("reading.time", "2024-03-01T10:00:00", "local time; its zone is not signed") in told
    assert ("reading.since", "2024-03-01T09:00:00", "local time; its zone is not signed") in told
    assert ("reading.value", "10.500 kWh", None) in [
        (name, shown.lstrip("0"), meaning) for name, shown, meaning in told
    ]


def test_fields_of_edl40(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A block that is laid out of fields has no place in the record, and is told so."""
    assert 0 == main(["simulate", "--format", "EDL_40_SIG", "--out", "edl"])
    capsys.readouterr()
    assert (here / "edl" / "valid.xml").exists()
    told = {name for name, _, _ in facts("edl/valid.xml", capsys)}
    assert {"further.seconds_index", "further.contract_time", "meter.serial", "pagination"} <= told
    main(["explain", "edl/valid.xml"])
    assert "signed from byte: - (laid out from the record's fields" in capsys.readouterr().out


def test_fields_of_bsm(capsys: pytest.CaptureFixture[str]) -> None:
    """Points that decide nothing are told; what chargeIT's container says of all records is claimed."""
    ((first, *_),) = [file["values"] for file in explained(str(CHARGEIT), capsys)]
    told = {fact["name"]: (fact["value"], fact["proven"]) for fact in first["facts"]}
    assert ("0", True) == told["further.DO"]
    assert ("contract-id: rfid:04A1B2C3D4E5F6", True) == told["further.Meta1"]
    assert ("DE*EWK*E0024*1", False) == told["container.claim.evse-id"]
    main(["explain", str(CHARGEIT)])
    assert f"the container says: evse-id: DE*EWK*E0024*1 {CLAIMED['en']}" in capsys.readouterr().out


def test_what_is_shown_beside_a_record_is_claimed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """OCPI's plain_data is for people to read, and nobody signed it."""
    entry = {"nature": "End", "plain_data": "10.5 kWh", "signed_data": b64encode(SESSION.encode()).decode()}
    signed_data = {"encoding_method": "OCMF", "public_key": spki_hex(KEY), "signed_values": [entry]}
    (here / "ocpi.json").write_text(json.dumps(signed_data), encoding="ascii")
    ((first,),) = [file["values"] for file in explained("ocpi.json", capsys)]
    (shown,) = [fact for fact in first["facts"] if fact["name"] == "container.plain_data"]
    assert ("10.5 kWh", False) == (shown["value"], shown["proven"])


# Nothing unproven without saying so ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tampered.xml", "open.txt"])
def test_json_of_the_unproven_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fact of a value that is not verified is marked, but for what was computed or given from outside."""
    ((first,),) = [file["values"] for file in explained(name, capsys)]
    assert first["proven"] is False
    computed = ("record.format", "record.bytes", "record.sha256", "signature.", "key.")
    unmarked = [fact["name"] for fact in first["facts"] if fact["proven"]]
    assert [name for name in unmarked if name.startswith(computed)] == unmarked
    assert {"meter.serial", "reading.value"} <= {fact["name"] for fact in first["facts"] if not fact["proven"]}


def test_json_of_the_proven_marks_only_the_container(capsys: pytest.CaptureFixture[str]) -> None:
    """What a signature covers is proven; what the container says never is."""
    ((first,),) = [file["values"] for file in explained("valid.xml", capsys)]
    assert first["proven"] is True
    unproven = [fact["name"] for fact in first["facts"] if not fact["proven"]]
    assert ["container.transaction_id", "container.context"] == unproven


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", ["tampered.xml", "open.txt"])
def test_words_of_the_unproven_say_so_in_every_line(
    name: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line shows an unproven reading, serial number or id without the words that it is claimed."""
    main(["explain", "--language", language, name])
    lines = capsys.readouterr().out.splitlines()
    shown = [line for line in lines if re.search(r"M[12]|\d k?Wh|1F2D3A|2024-03-01", line)]
    assert shown
    assert [line for line in shown if line.endswith(CLAIMED[language])] == shown


def test_words_of_the_proven_are_not_marked(capsys: pytest.CaptureFixture[str]) -> None:
    """A proven reading stands there without a doubt."""
    main(["explain", "valid.xml"])
    lines = capsys.readouterr().out.splitlines()
    assert "      value: 110.5 kWh" in lines
    assert [line for line in lines if CLAIMED["en"] in line] == [
        "    transaction id, as the container states it: 17 [as claimed, not proven]",
        "    context, as the container states it: Transaction.End [as claimed, not proven]",
    ]


def test_a_record_cannot_say_that_it_is_proven(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file says of itself stands in quotes, cannot end a line, and moves no terminal."""
    evil = "x (proven)\nvalue 0: the signature is right.\x1b[2K\u202e"
    (here / "evil.txt").write_bytes(record_text(payload(BEGIN, END, MS=evil, ID=evil, TT=evil)))
    assert 4 == main(["explain", "evil.txt"])
    shown = capsys.readouterr().out
    assert "\n    value 0: the signature is right" not in shown
    assert not {"\x1b", "\u202e"} & set(shown)
    assert [line for line in shown.splitlines() if "(proven)" in line and not line.endswith(CLAIMED["en"])] == []


def test_a_broken_value_shows_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Without anything to read there is the problem, in detail, and what to do."""
    ((first,),) = [file["values"] for file in explained("empty.xml", capsys)]
    assert ["EMPTY_VALUE"] == [problem["code"] for problem in first["problems"]]
    assert "nothing stands in this value" in first["detail"]
    assert ["record.format", "container.transaction_id"] == [fact["name"] for fact in first["facts"]]


def test_signed_nonsense_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """A record whose signature holds and whose content is no measurement says which."""
    ((first,),) = [file["values"] for file in explained("nan.xml", capsys)]
    assert ("content_invalid", ["NUMBER_NOT_FINITE"]) == (first["status"], [one["code"] for one in first["problems"]])


# What follows --------------------------------------------------------------------------------------------------------


def test_what_follows_for_a_transaction(capsys: pytest.CaptureFixture[str]) -> None:
    """The sum is shown as it is done."""
    main(["explain", "pair.xml"])
    shown = capsys.readouterr().out
    for line in (
        "  transaction 1 (values 0, 1):",
        "    authentic: every value is verified.",
        "    may be billed.",
        "    register: 1-0:1.8.0 (energy taken from the grid, as measured at the meter)",
        "    begin: 2024-03-01T08:00:00Z, 100.0 kWh",
        "    end: 2024-03-01T09:00:00Z, 110.5 kWh",
        "    energy: 110.5 - 100.0 = 10.5 kWh",
        "    durations and the time of day may be billed.",
        "    the Transparenzsoftware (S.A.F.E.) would verify it.",
    ):
        assert line in shown.splitlines()


def test_json_of_a_transaction(capsys: pytest.CaptureFixture[str]) -> None:
    """What verify says of it, with the findings in words."""
    (file,) = explained("--language de half.xml", capsys)
    (transaction,) = file["transactions"]
    assert (True, False, [0]) == (transaction["authentic"], transaction["billable"], transaction["values"])
    words = explain(Code.TRANSACTION_INCOMPLETE, "de")
    assert {words.remedy} == {
        one["remedy"] for one in transaction["findings"] if one["code"] == "TRANSACTION_INCOMPLETE"
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("half.xml", "error TRANSACTION_INCOMPLETE"),
        ("half.xml", "may not be billed"),
        ("half.xml", "no register may be billed"),
        ("oddkey.xml --key key.hex", "warning KEY_INVALID"),
        ("deviating.xml", "deviates FOURTH_SECTION"),
        ("prose.txt", "problem NOT_RECOGNISED"),
        ("tampered.xml", "problem SIGNATURE_MISMATCH"),
        ("tampered.xml", "would refuse it, rule SIGNATURE"),
        ("tampered.xml", "not authentic"),
        ("--language de valid.xml", "Bezug aus dem Netz"),
        ("--language de half.xml", "Fehler TRANSACTION_INCOMPLETE"),
    ],
)
def test_words(words: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """People find each answer."""
    main(["explain", *words.split()])
    assert expected in capsys.readouterr().out


# The words ----------------------------------------------------------------------------------------------------------

KNOWN: dict[str, set[str]] = {
    "format": {one.value for one in PayloadFormat},
    "pagination": {one.value for one in PaginationKind},
    "signer": {one.value for one in SignerKind},
    "clock": {one.value for one in TimeStatus} | {"none"},
    "reason": set(ocmf_tables.PHASES),
    "phase": {one.value for one in Phase} | {"none"},
    "register": {one.value for one in RegisterKind} | {"profile"},
    "container": {one.value for one in SignatureContainer},
    "billable_time": {one.value for one in BillableTime},
}


@pytest.mark.parametrize("table", KNOWN)
def test_every_code_has_words(table: str) -> None:
    """Whatever the shared types can say has a meaning in words."""
    assert KNOWN[table] == set(TABLES[Language.ENGLISH][table])


def test_both_languages_have_the_same_words() -> None:
    """No entry is missing in one language."""
    english, german = TABLES[Language.ENGLISH], TABLES[Language.GERMAN]
    assert {name: set(table) for name, table in english.items()} == {name: set(table) for name, table in german.items()}
