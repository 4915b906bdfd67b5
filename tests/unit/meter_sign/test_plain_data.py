"""What is shown beside a signed value: it says what was signed, it says something else, or nobody can tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.judgement import KeyPolicy, Status, ValueJudgement, Verdict, judge
from tests.support.messages import cdr, encoded, signed_data, signed_value, text
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION
from tests.support.records import payload, record_text

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECTION, SIGNATURE = SESSION.split("|")[1:]
PAYLOAD: dict[str, Any] = json.loads(SECTION)
OTHER = record_text(payload(BEGIN, END | {"RV": 910.5})).decode()


def judged(plain: str, record: str = SESSION, signed: str | None = None) -> ValueJudgement:
    """The judgement of one record with this beside it, under the file's own key."""
    (only,) = judge(text(signed_data(signed_value(record, plain=plain, signed=signed))), KeyPolicy(), at=AT).values
    return only


def shown(**changes: Any) -> str:
    """The signed payload with other members, as JSON."""
    return json.dumps(PAYLOAD | changes)


AGREES = {
    "payload section": SECTION,
    "payload section with blanks around": f"\n {SECTION} \n",
    "whole record": SESSION,
    "record without its signature": f"OCMF|{SECTION}",
    "record without its signature, separator left": f"OCMF|{SECTION}|",
    "whole record in base64": encoded(SESSION),
    "whole record in hex": SESSION.encode().hex(),
    "record whose signature is written otherwise": f'OCMF|{SECTION}|{{"SD" : "{json.loads(SIGNATURE)["SD"].upper()}"}}',
    "payload with other blanks": json.dumps(PAYLOAD, indent=2),
    "payload with members in another order": json.dumps(PAYLOAD, sort_keys=True),
    "payload with escapes": SECTION.replace("M1", "\\u004d1"),
    "payload without the card": json.dumps({name: value for name, value in PAYLOAD.items() if name != "ID"}),
    "both readings in words": "Start 100.0 kWh, end 110.5 kWh",
    "readings with more zeros": "100.000kWh 110.50 kWh",
    "readings in Wh": "100000 Wh to 110500 Wh",
    "the energy": "Delivered: 10.5 kWh",
    "nothing": "",
    "blanks": " \n",
}


@pytest.mark.parametrize("name", AGREES)
def test_text_that_says_what_was_signed_is_no_remark(name: str) -> None:
    """Forms of the signed record, and readings that it holds, are told as they are."""
    value = judged(AGREES[name])
    assert (Status.VERIFIED, (), ()) == (value.status, value.problems, value.warnings)


DIFFERS = {
    "payload with another reading": SECTION.replace("110.5", "910.5"),
    "whole record with another reading": SESSION.replace("110.5", "910.5"),
    "another true record": OTHER,
    "another true record in base64": encoded(OTHER),
    "another true payload": OTHER.split("|")[1],
    "payload with another meter": shown(MS="M2"),
    "payload with one more member": shown(TT="49 ct/kWh"),
    "payload with one reading less": shown(RD=PAYLOAD["RD"][:1]),
    "one member of it": '{"MS":"M2"}',
    "payload with a key twice": SECTION[:-1] + ',"RD":[]}',
    "payload with NaN": SECTION.replace("110.5", "NaN"),
    "record that cannot be read": "OCMF|{}",
    "another reading in words": "Start 100.0 kWh, end 910.5 kWh",
    "another energy": "Delivered: 810.5 kWh",
    "reading of another unit": "110.5 Wh",
}


@pytest.mark.parametrize("name", DIFFERS)
def test_text_that_says_something_else_is_a_problem(name: str) -> None:
    """A driver would read what nobody signed: the value is no good, whatever its signature says."""
    value = judged(DIFFERS[name])
    assert (Status.CONTENT_INVALID, (Code.PLAIN_DATA_MISMATCH,)) == (value.status, value.problems)
    assert (None, None) == (value.record, value.energy_kwh)


UNCHECKED = {
    "prose": "see https://example.com/verify",
    "payload cut off": SECTION[:100],
    "digest": "a3f5" * 16,
    "number without a unit": "110.5",
    "number as Germans write it": "1.110,5 kWh",
    "another spelling beside a true reading": "100.0 kWh; 9.000,5 kWh",
    "another unit beside a true reading": "100.0 kWh; 9 MWH",
    "JSON of its own": '{"start": 100.0, "end": 910.5}',
    "JSON list": "[910.5]",
    "longer than any record": "x" * 70_000,
    "JSON longer than any record": '{"MS":"' + "x" * 70_000,
}


@pytest.mark.parametrize("name", UNCHECKED)
def test_text_that_cannot_be_compared_is_told(name: str) -> None:
    """Where nobody can tell, the record stands, and the text is warned of."""
    value = judged(UNCHECKED[name])
    assert (Status.VERIFIED, (Code.PLAIN_DATA_UNCHECKED,)) == (value.status, value.warnings)


def test_a_wrong_signature_is_told_first() -> None:
    """What is not authentic is not compared."""
    value = judged(SECTION, signed=encoded(SESSION.replace("110.5", "910.5")))
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == (value.status, value.problems)


def test_split_record_is_compared_with_itself() -> None:
    """Where plain_data is what is signed, it agrees."""
    value = judged(SECTION, signed=encoded(SIGNATURE))
    assert (Status.VERIFIED, (Code.SIGNED_DATA_SPLIT,)) == (value.status, value.deviations)


def test_texts_that_change_places_are_found() -> None:
    """The begin's text beside the end's record, and the other way round, are two false texts."""
    begin, end = signed_value(BEGIN_RECORD, "Start", "110.5 kWh"), signed_value(END_RECORD, "End", "100.0 kWh")
    statuses = [one.status for one in judge(text(cdr(begin, end)), KeyPolicy(), at=AT).values]
    assert [Status.CONTENT_INVALID] * 2 == statuses


def test_nothing_is_billed_beside_a_false_text() -> None:
    """One value with a false text makes the file invalid and its transaction not authentic."""
    begin = signed_value(BEGIN_RECORD, "Start")
    end = signed_value(END_RECORD, plain=END_RECORD.split("|")[1].replace("110.5", "910.5"))
    judgement = judge(text(cdr(begin, end)), KeyPolicy(), at=AT)
    assert (Verdict.INVALID, False) == (judgement.verdict, judgement.billable)
    assert [False] == [one.authentic for one in judgement.transactions]
