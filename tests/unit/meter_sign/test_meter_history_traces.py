"""What a transaction of really signed records leaves in its meter's counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.eichrecht import assemble_transaction
from meter_sign.meter_history import RegisterSpan, Trace, trace_of
from meter_sign.model import SignerKind
from meter_sign.obis import parse_obis
from tests.support.mscons_records import points, profile, verified_mscons
from tests.support.records import OTHER_KEY, reading, verified

TOTAL = "1-0:1.8.0"


def signed_trace(*records: Any) -> Trace | None:
    """The trace of these records' transaction."""
    transaction = assemble_transaction(records, transaction_id=None)
    return trace_of(transaction, name="T", bills=transaction.billable)


def test_trace_of_a_transaction() -> None:
    """Numbers, readings and times are those that were signed."""
    begin = verified(reading("B", "100000", "08:00:00", RU="Wh"), PG="T7")
    end = verified(reading("E", "110.5", "09:00:00"), PG="T8")
    trace = signed_trace(end, begin)
    assert trace is not None
    assert [(7, begin.signed_sha256), (8, end.signed_sha256)] == [tuple(page) for page in trace.pages]
    assert (RegisterSpan(TOTAL, Decimal(100), Decimal("110.5")),) == trace.spans
    assert ("M1", timedelta(hours=1), True) == (trace.meter, _lasted(trace), trace.bills)


def _lasted(trace: Trace) -> timedelta | None:
    return None if trace.begins_at is None or trace.ends_at is None else trace.ends_at - trace.begins_at


def test_record_with_a_number_for_each_reading_has_all_of_them() -> None:
    """A Mennekes process is one record and two numbers of the count."""
    record = verified(reading("B", "1"), reading("E", "2", "09:00:00"), PG="T7")
    numbered = tuple(replace(one, pagination=number) for number, one in enumerate(record.content.readings, 7))
    trace = signed_trace(replace(record, content=replace(record.content, readings=numbered)))
    assert trace is not None
    assert [7, 8] == [page.number for page in trace.pages]


@pytest.mark.parametrize(
    ("register", "runs_on"),
    [
        ("1-0:1.8.0", True), ("1-0:1.8.0*255", True), ("01-00:B0.08.00*FF", True), ("01-00:B1.08.00*FF", True),
        ("1-0:1.8.1", True), ("1-0:98.8.0", True), ("01-00:B2.08.00*FF", False), ("01-00:B3.08.00*FF", False),
        ("1-0:1.8.0*198", False), ("1-0:1.8.0*200", False), ("1-0:2.8.0", False), ("1-0:1.7.0", False),
    ],
)  # fmt: skip
def test_registers_that_run_on(register: str, runs_on: bool) -> None:  # noqa: FBT001 - a table row
    """Session registers and what counts no import take no part in the history."""
    obis = parse_obis(register)
    assert obis is not None
    assert runs_on == obis.runs_on
    trace = signed_trace(verified(reading("B", "0", RI=register), reading("E", "5", "09:00:00", RI=register)))
    assert trace is not None
    assert runs_on == bool(trace.spans)


def test_differences_do_not_run_on() -> None:
    """A value that the meter counted from zero for this session says nothing about the next, whatever its register."""
    record = verified(reading("E", "5"))
    (only,) = record.content.readings
    content = replace(record.content, readings=(replace(only, since=only.time),))
    trace = signed_trace(replace(record, content=content))
    assert trace is not None
    assert () == trace.spans


def test_total_counts_also_where_a_session_register_bills() -> None:
    """A record that signs B3 to bill and the meter's total beside it is held to the total."""
    rows = [
        reading(tx, value, at, RI=register)
        for tx, at, values in (("B", "08:00:00", ("0", "100")), ("E", "09:00:00", ("29", "130")))
        for value, register in zip(values, ("01-00:B3.08.00*FF", "1-0:1.8.0"), strict=True)
    ]
    trace = signed_trace(verified(*rows))
    assert trace is not None
    assert (RegisterSpan(TOTAL, Decimal(100), Decimal(130)),) == trace.spans


@pytest.mark.parametrize("status", ["U", "I", "R", ""])
def test_only_a_synchronised_clock_tells_the_time(status: str) -> None:
    """A clock that starts at 1970 after each power cut orders nothing."""
    trace = signed_trace(verified(reading("B", "1", status=status), reading("E", "2", "09:00:00")))
    assert trace is not None
    assert (None, None) == (trace.begins_at, trace.ends_at)


def test_meter_without_an_id_is_known_by_its_key() -> None:
    """A meter that states no id is not every meter."""
    one, other = (
        signed_trace(verified(reading("B", "1"), MS=None, GS=None, **more)) for more in ({}, {"key": OTHER_KEY})
    )
    assert one is not None
    assert other is not None
    assert one.meter == one.key_fingerprint != other.meter


def test_nothing_verified_leaves_no_trace() -> None:
    """A transaction of broken values proves nothing about the meter."""
    assert signed_trace() is None


def test_trace_of_a_profile_tells_its_place() -> None:
    """A load profile is said to be one; meter and location stand in their normal spelling."""
    record = verified_mscons(profile("1-0:1.29.0", ("09:00", "09:15", "5.000")), meter="1EMH17 ")
    trace = signed_trace(record)
    assert trace is not None
    assert ("1EMH17", "DE0001", True) == (trace.meter, trace.location, trace.profile)


@pytest.mark.parametrize(
    ("kind", "is_meter"), [(SignerKind.METER, True), (SignerKind.PARTY, False), (SignerKind.UNKNOWN, False)]
)
def test_trace_tells_whether_a_meter_signed(kind: SignerKind, is_meter: bool) -> None:  # noqa: FBT001 - a table row
    """By the registration of the key."""
    readings = points(TOTAL, ("09:00", "1000.500"), ("11:30", "1023.750"))
    trace = signed_trace(verified_mscons(readings, signer_kind=kind))
    assert trace is not None
    assert is_meter is trace.signed_by_meter
