"""The transactions of one file beside each other: really signed records, judged as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.judgement import KeyPolicy, NamedKey, judge
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, spki_hex, value, xml
from tests.support.records import KEY, payload, reading, record_text

if TYPE_CHECKING:
    from meter_sign.judgement import TransactionJudgement

AT = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(KEY)),))


def record(*readings: dict[str, Any], **fields: Any) -> str:
    """One record of meter M1, signed."""
    return record_text(payload(*readings, **fields)).decode()


def transactions(raw: bytes | str) -> tuple[TransactionJudgement, ...]:
    """The transactions of a file."""
    return judge(raw if isinstance(raw, bytes) else raw.encode(), GIVEN, at=AT).transactions


def errors(judged: TransactionJudgement) -> set[Code]:
    """The errors of a transaction."""
    return {one.code for one in judged.transaction.findings if one.severity is Severity.ERROR}


def with_ids(*values: tuple[str, str]) -> bytes:
    """A transparency file of (transaction id, record)."""
    return xml(*[value(text, transactionId=number) for number, text in values])


def test_two_copies_of_a_record_bill_once() -> None:
    """A complete record that stands in the file twice is two transactions, and one of them bills."""
    first, second = transactions(f"{SESSION}\n{SESSION}")
    assert (True, False) == (first.billable, second.billable)
    assert {Code.DUPLICATE_RECORD, Code.ENERGY_OVERLAPS} == errors(second)


def test_two_copies_under_two_ids_bill_once() -> None:
    """Another id of the container makes no other energy."""
    first, second = transactions(with_ids(("7", SESSION), ("8", SESSION)))
    assert (True, False) == (first.billable, second.billable)


def test_other_signature_of_the_same_bytes_is_a_copy() -> None:
    """ECDSA signs the same bytes in many ways; a record is known by its bytes."""
    again = record(reading("B", "100.0", "08:00:00"), reading("E", "110.5", "09:00:00"))
    assert again != SESSION
    assert Code.DUPLICATE_RECORD in errors(transactions(f"{SESSION}\n{again}")[1])


def test_same_energy_under_new_numbers_bills_once() -> None:
    """A charge point that signs an old session anew is not paid anew."""
    again = record(reading("B", "100.0", "08:00:00"), reading("E", "110.5", "09:00:00"), PG="T9")
    first, second = transactions(f"{SESSION}\n{again}")
    assert (True, {Code.ENERGY_OVERLAPS}) == (first.billable, errors(second))


BEGIN_2 = record(reading("B", "110.5", "10:00:00"), PG="T3")
END_2 = record(reading("E", "111.0", "11:00:00"), PG="T4")
BEGIN_3 = record(reading("B", "111.0", "12:00:00"), PG="T5")
END_3 = record(reading("E", "130.0", "13:00:00"), PG="T6")


def test_begin_with_the_end_of_a_later_session_does_not_bill() -> None:
    """Session 2 lies in between, so the begin of 1 and the end of 3 are no session."""
    skipping, inside = transactions(with_ids(("1", BEGIN_RECORD), ("2", BEGIN_2), ("2", END_2), ("1", END_3)))
    assert {Code.TRANSACTIONS_INTERLEAVE, Code.ENERGY_OVERLAPS} == errors(skipping)
    assert inside.billable


def test_left_over_begin_shows_that_a_session_was_skipped() -> None:
    """The begin to which the end belongs lies in the file alone."""
    skipping, lone = transactions(with_ids(("1", BEGIN_RECORD), ("3", BEGIN_3), ("1", END_3)))
    assert {Code.TRANSACTIONS_INTERLEAVE} == errors(skipping)
    assert not lone.billable


def test_session_that_is_missing_is_told() -> None:
    """Two sessions of one meter bill, and the gap between them is told about the second."""
    first, third = transactions(f"{BEGIN_RECORD}\n{END_RECORD}\n{BEGIN_3}\n{END_3}")
    assert (True, True) == (first.billable, third.billable)
    told = [(one.code, one.severity, one.path) for one in third.transaction.findings]
    expected = [
        (Code.PAGINATION_GAP, Severity.WARNING, "value 2"),
        (Code.ENERGY_BETWEEN_SESSIONS, Severity.INFO, "value 2"),
    ]
    assert expected == told
    assert () == first.transaction.findings


@pytest.mark.parametrize("register", ["01-00:B2.08.00*FF", "01-00:B3.08.00*FF", "1-0:1.8.0*198"])
def test_registers_that_start_at_zero_with_each_session_overlap_lawfully(register: str) -> None:
    """0 to 5 kWh and then 0 to 7 kWh of a session register are 12 kWh."""
    sessions = [
        record(
            reading("B", "0", f"{hour}:00:00", RI=register), reading("E", end, f"{hour}:30:00", RI=register), PG=page
        )
        for hour, end, page in (("08", "5", "T1"), ("09", "7", "T2"))
    ]
    assert [True, True] == [one.billable for one in transactions("\n".join(sessions))]


def test_fiscal_records_between_two_sessions_are_no_gap() -> None:
    """They have a count of their own."""
    fiscal = record(reading(None, "110.5", "09:30:00"), PG="F3")
    first, second = transactions(f"{SESSION}\n{fiscal}\n{record(reading('B', '110.5', '10:00:00'), PG='T2')}")
    assert [] == [one for one in second.transaction.findings if one.code is Code.PAGINATION_GAP]
    assert first.billable
