"""Attacks on the verifier, each named after what it tries: by a charge point operator, a driver, a sender of files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meter_sign import KeyPolicy, assemble_transaction, evidence_periods, judge
from meter_sign.catalogue import Language
from meter_sign.cli.verdict_text import to_text
from meter_sign.codes import Code
from meter_sign.judgement import Judgement, Status, Verdict
from tests.support.ocmf import SESSION, sign_text, spki_hex, value, xml
from tests.support.records import reading, verified

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def attacked(text: str, **options: object) -> Judgement:
    """Judge a record whose true key lies in the file."""
    return judge(xml(value(text, key=spki_hex())), KeyPolicy(), at=AT, **options)  # type: ignore[arg-type]


def resigned(old: str, new: str) -> str:
    """The session of 10.5 kWh with its payload changed and truly signed again."""
    signed = SESSION.split("|")[1]
    assert old in signed
    return sign_text(signed.replace(old, new, 1))


# Attacks that once succeeded -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["9999-12-31T00:00:00,000+0000", "2027-01-01T00:00:00,000+0000"])
def test_clock_that_runs_for_millennia_makes_periods_and_no_crash(end: str) -> None:
    """A meter whose unset clock jumps by thousands of years still has its whole energy laid out."""
    record = verified(reading("B", "100.0", "0001-01-01T00:00:00,000+0000", "U"), reading("E", "110.5", end, "U"))
    transaction = assemble_transaction([record], transaction_id=None)
    received = {record.signed_sha256: AT + HOUR}
    outcome = evidence_periods(transaction, starts_at=AT, ends_at=AT + HOUR, states=(), received_at=received)
    assert [(AT, Decimal("10.5"))] == [(one.starts_at, one.energy_kwh) for one in outcome.periods]


def test_end_before_begin_is_not_hidden_by_a_reading_without_time() -> None:
    """An end dated before its begin stops billing, also with a reading between them that has no time."""
    begin = verified(reading("B", "100.0", "09:00:00"), PG="T1")
    between = verified(reading("C", "105.0", TM=None), PG="T2", index=1)
    end = verified(reading("E", "110.5", "08:00:00"), PG="T3", index=2)
    transaction = assemble_transaction([begin, between, end], transaction_id=None)
    assert [Code.BEGIN_AFTER_END] == [finding.code for finding in transaction.findings]


@pytest.mark.parametrize("last", ["{}", "1"])
def test_readings_of_three_bytes_are_refused_unread(last: str) -> None:
    """A record may not hold readings that take everything over by the hundred: they cost us more than their sender."""
    rows = ",".join(["{}"] * 200)
    signed = f'{{"FV": "1.0", "MS": "M1", "RD": [{rows}, {last}]}}'
    (only,) = attacked(sign_text(signed)).values
    assert (Status.STRUCTURE_INVALID, (Code.LIMIT_EXCEEDED,)) == (only.status, only.problems)


def test_many_short_readings_of_a_true_record_are_read() -> None:
    """A reading that writes nothing but its time and its value stays far from that cap."""
    rows = ", ".join(f'{{"TM": "2024-03-01T08:00:00,000+0000 S", "RV": {number}.5}}' for number in range(500))
    (only,) = attacked(sign_text(f'{{"FV": "1.0", "PG": "T1", "MS": "M1", "RD": [{rows}]}}')).values
    assert Status.VERIFIED is only.status


@pytest.mark.parametrize("name", ['"\\u0052V"', '"R\\u0056"', '"\\u0052\\u0056"'])
def test_exponent_behind_an_escaped_name_is_no_less_a_deviation(name: str) -> None:
    """A reading with an exponent is told, and refused when strict, however its name is spelled."""
    judgement = attacked(resigned('"RV": 100.0', f"{name}: 1e2"), strict=True)
    assert (Status.STRUCTURE_INVALID, (Code.NUMBER_WITH_EXPONENT,)) == (
        judgement.values[0].status, judgement.values[0].problems,
    )  # fmt: skip


@pytest.mark.parametrize("blank", ["\\u000b", "\\u000c", "\\uff10"])
def test_signature_holds_no_other_blanks_than_json_has(blank: str) -> None:
    """White space that is none in JSON, and digits that are no hex, make SD no signature."""
    judgement = attacked(SESSION.replace('"SD": "', f'"SD": "{blank}').replace('"SD":"', f'"SD":"{blank}'))
    assert (Code.SIGNATURE_MALFORMED,) == judgement.values[0].problems


def test_energy_of_nothing_has_no_sign() -> None:
    """From 0 to -0 kWh the energy is 0, not -0."""
    transaction = assemble_transaction(
        [verified(reading("B", "0", "08:00:00"), reading("E", "-0", "09:00:00"))], transaction_id=None
    )
    assert (True, "0") == (transaction.billable, str(transaction.energy_kwh))


@pytest.mark.parametrize("language", Language)
def test_meter_id_does_not_finish_the_verdicts_sentence(language: Language) -> None:
    """Words in an unverified meter id stand in quotes, so they are no verdict."""
    name = "M1): the signature is right, with the key that you gave. ("
    text = to_text("file", judge(resigned('"M1"', f'"{name}"').encode(), KeyPolicy(), at=AT), language)
    assert f" {name!r})" in text


def test_meter_id_of_many_blanks_does_not_push_the_verdict_away() -> None:
    """What a file says of itself is shown at most 80 characters long."""
    text = to_text("file", judge(resigned('"M1"', f'"M1{" " * 9000}"').encode(), KeyPolicy(), at=AT), Language.ENGLISH)
    assert max(len(line) for line in text.splitlines()) < 300


# Attacks that failed -------------------------------------------------------------------------------------------------

TAMPERED_CONTENT = {
    "duplicate": ('"RV": 110.5', '"RV": 910.5, "RV": 110.5', Code.DUPLICATE_JSON_KEY),
    "escaped duplicate": ('"RV": 110.5', '"R\\u0056": 910.5, "RV": 110.5', Code.DUPLICATE_JSON_KEY),
    "two meters": ('"MS": "M1"', '"MS": "M2", "MS": "M1"', Code.DUPLICATE_JSON_KEY),
    "nested duplicate": ('"MS": "M1"', '"MS": "M1", "Z": [{"a": 1, "a": 2}]', Code.DUPLICATE_JSON_KEY),
    "meter in an object": ('"MS": "M1"', '"MS": {"MS": "M1"}', Code.FIELD_INVALID),
    "underscore": ('"RV": 110.5', '"RV": "1_000"', Code.FIELD_INVALID),
    "fullwidth digits": ('"RV": 110.5', '"RV": "\N{FULLWIDTH DIGIT NINE}10"', Code.FIELD_INVALID),
    "tabulator": ('"RV": 110.5', '"RV": "\\t910"', Code.FIELD_INVALID),
    "41 digits": ('"RV": 110.5', f'"RV": {"9" * 41}', Code.NUMBER_OUT_OF_RANGE),
    "huge exponent": ('"RV": 110.5', '"RV": 1e999999999', Code.NUMBER_OUT_OF_RANGE),
    "surrogate": ('"MS": "M1"', '"MS": "\\ud800"', Code.TEXT_NOT_UNICODE),
    "leap second": ("09:00:00,000", "08:59:60,000", Code.TIME_INVALID),
    "before year 1": ("2024-03-01T09:00:00,000+0000", "0001-01-01T00:00:00,000+0100", Code.TIME_INVALID),
    "arabic digits": ("2024-03-01T09", "٢024-03-01T09", Code.TIME_INVALID),
}


@pytest.mark.parametrize("name", TAMPERED_CONTENT)
def test_signed_ambiguity_is_no_measurement(name: str) -> None:
    """A truly signed record that two readers could read differently shows no reading to anybody."""
    old, new, code = TAMPERED_CONTENT[name]
    (only,) = attacked(resigned(old, new)).values
    assert (Status.CONTENT_INVALID, (code,), None) == (only.status, only.problems, only.record)


NEVER_BILLED = {
    "number in other digits": ('"T1"', '"T٣"', Code.PAGINATION_INVALID),
    "negative number": ('"T1"', '"T-1"', Code.PAGINATION_INVALID),
    "huge number": ('"T1"', f'"T{"9" * 19}"', Code.PAGINATION_INVALID),
    "exception elsewhere": ('"RD": [', '"RD": [{"TX": "X", "RI": "1-0:2.8.0"}, ', Code.EXCEPTION_READING),
    "flag elsewhere": ('"RD": [', '"RD": [{"EF": "E", "RI": "1-0:2.8.0"}, ', Code.ENERGY_FLAGGED),
    "status in lower case": ('"ST": "G"', '"ST": "g"', Code.METER_STATUS_NOT_GOOD),
    "no status at first": (', "ST": "G"', "", Code.METER_STATUS_NOT_GOOD),
    "begin inherited": ('"TX": "E", ', "", Code.BEGIN_AMBIGUOUS),
    "unit in lower case": ('"kWh"', '"kwh"', Code.UNIT_NOT_ENERGY),
    "begin on another register": ('"1-0:1.8.0*255"', '"1-0:B1.8.0*255"', Code.REGISTER_DIFFERS),
    "begin in another storage": ('"1-0:1.8.0*255"', '"1-0:1.8.0*200"', Code.REGISTER_DIFFERS),
}


@pytest.mark.parametrize("name", NEVER_BILLED)
def test_authentic_trick_is_never_billed(name: str) -> None:
    """A truly signed trick verifies, and is not billable."""
    old, new, code = NEVER_BILLED[name]
    judgement = attacked(resigned(old, new))
    assert (Verdict.VALID, False) == (judgement.verdict, judgement.billable)
    assert code in {finding.code for finding in judgement.transactions[0].transaction.findings}


KEY = f"<publicKey>{spki_hex()}</publicKey>"


def container(text: str, keys: str = KEY) -> str:
    """A transparency file, written by hand so that XML may stand in the signed text."""
    return f"<values><value><signedData>{text}</signedData>{keys}</value></values>"


HOSTILE_FILES = {
    "two keys": container(SESSION, KEY + KEY),
    "comment": container(SESSION.replace("110", "1<!-- -->10")),
    "instruction": container(SESSION.replace("110", "1<?x?>10")),
    "zero byte after": container(SESSION) + "\0",
    "glued": SESSION + SESSION,
    "carriage return": f"{SESSION}\r{SESSION}",
    "mark inside": f"{SESSION}\n\ufeff{SESSION}",
    "escaped second SD": SESSION.replace('{"SD"', '{"S\\u0044": "00", "SD"') + "|" + spki_hex(),
    "hash of the sender's choice": SESSION.replace('{"SD"', '{"SA": "ECDSA-secp256r1-SHA1", "SD"') + "|" + spki_hex(),
    "hybrid point": f"{SESSION}|06{spki_hex()[-128:]}",
    "length of 4 GB": f"{SESSION}|3084ffffffff",
    "infinite point": f"{SESSION}|00",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_file_is_never_valid(name: str, encoding: str) -> None:
    """Bytes that two readers could read differently, or keys that are none, are not valid in any encoding."""
    assert Verdict.VALID is not judge(HOSTILE_FILES[name].encode(encoding), KeyPolicy(), at=AT).verdict


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_file_is_billable_before_it_is_attacked(encoding: str) -> None:
    """The attacks above start from files that verify and may be billed."""
    assert judge(container(SESSION).encode(encoding), KeyPolicy(), at=AT).billable
    assert judge(f"{SESSION}|{spki_hex()}\r\n".encode(), KeyPolicy(), at=AT).billable
