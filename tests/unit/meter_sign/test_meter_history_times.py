"""Transactions of one meter that only their time tells apart: hand-made traces, one rule a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from meter_sign.codes import Code, Severity
from meter_sign.meter_history import Counter, Page, RegisterSpan, Trace, find_history
from meter_sign.model import PaginationKind

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
TOTAL = (RegisterSpan("1-0:1.8.0", Decimal(100), Decimal(110)),)
NOTHING_FOUND: list[Code] = []


def ran(name: str, begin: int, end: int, *, number: int | None = None, **fields: Any) -> Trace:
    """A session by its minutes of an hour, and by the number of its record if it has one."""
    pages = () if number is None else (Page(number, f"{name}/{number}"),)
    usual: dict[str, Any] = {
        "name": name,
        "meter": "M",
        "key_fingerprint": "K1",
        "counter": Counter("K1", PaginationKind.TRANSACTION) if pages else None,
        "pages": pages,
        "records": frozenset({name}),
        "spans": (),
        "begins_at": NINE + timedelta(minutes=begin),
        "ends_at": NINE + timedelta(minutes=end),
        "bills": True,
    }
    return Trace(**(usual | fields))


def errors(*traces: Trace) -> list[list[Code]]:
    """The errors of each, as in one file."""
    return [[one.code for one in found if one.severity is Severity.ERROR] for found in find_history(traces)]


SECOND_IS_REFUSED = [NOTHING_FOUND, [Code.TRANSACTIONS_INTERLEAVE]]


def test_two_registers_of_one_time_are_no_two_sessions() -> None:
    """Neither total says that the other counts the same energy; that both ran at once does."""
    rate = ran("rate", 10, 30, spans=(RegisterSpan("1-0:1.8.1", Decimal(40), Decimal(50)),))
    assert SECOND_IS_REFUSED == errors(ran("total", 0, 30, spans=TOTAL), rate)


def test_registers_of_formats_that_count_differently_are_no_two_sessions() -> None:
    """A number in the count of OCMF says nothing beside an MSCONS that counts nothing, with a total or without."""
    for spans in ((), (RegisterSpan("1-0:1.8.1", Decimal(40), Decimal(50)),)):
        counted = ran("counted", 10, 30, number=1, spans=spans)
        assert SECOND_IS_REFUSED == errors(ran("total", 0, 30, spans=TOTAL), counted)


def test_meter_that_counts_no_records_serves_one_session_at_a_time() -> None:
    """Also where its total runs on, and where a second session has no energy and only costs a fee."""
    for begin, end in ((110, 120), (110, 110), (100, 100)):
        next_ = ran("next", 10, 40, spans=(RegisterSpan("1-0:1.8.0", Decimal(begin), Decimal(end)),))
        assert SECOND_IS_REFUSED == errors(ran("one", 0, 30, spans=TOTAL), next_)


def test_total_orders_short_sessions_better_than_a_clock_that_was_set_back() -> None:
    """The second one lies in the first by its clock, and behind it by the register."""
    next_ = ran("next", 9, 10, spans=(RegisterSpan("1-0:1.8.0", Decimal(110), Decimal(111)),))
    assert [NOTHING_FOUND, NOTHING_FOUND] == errors(ran("one", 0, 10, spans=TOTAL), next_)


def test_two_profiles_share_no_minute() -> None:
    """Their intervals are cut at agreed instants: a clock that was set back explains none of them."""
    one, next_, again = (
        ran(name, *span, profile=True) for name, span in (("one", (0, 2)), ("next", (2, 4)), ("again", (3, 5)))
    )
    assert [NOTHING_FOUND, *SECOND_IS_REFUSED] == errors(one, next_, again)


def test_short_session_inside_another_one_is_no_clock_that_was_set_back() -> None:
    """One minute of a profile while a register counts is that register's energy, whichever comes first."""
    profile, total = ran("profile", 5, 6, profile=True), ran("total", 0, 30, spans=TOTAL)
    assert SECOND_IS_REFUSED == errors(profile, total) == errors(total, profile)


def test_clock_may_be_set_back_between_sessions_that_nothing_counts() -> None:
    """By a minute: the next session begins before the last one ends, and neither lies in the other."""
    assert [NOTHING_FOUND, NOTHING_FOUND] == errors(ran("one", 0, 10), ran("next", 9, 20))


def test_location_stands_for_the_one_meter_there() -> None:
    """A load profile of BDEW names its metering location, and registers name the meter as well."""
    profile = ran("profile", 10, 30, profile=True, meter="DE01", location="DE01")
    total = ran("total", 0, 30, spans=TOTAL, location="DE01")
    assert SECOND_IS_REFUSED == errors(total, profile) == errors(profile, total)


def test_location_of_two_meters_is_neither() -> None:
    """Nothing tells which of them it was; what each of them has counted stays its own."""
    place = ran("place", 0, 30, profile=True, meter="DE01", location="DE01")
    meters = [ran(meter, 0, 30, spans=TOTAL, meter=meter, location="DE01") for meter in ("M1", "M2")]
    assert [NOTHING_FOUND] * 3 == errors(*meters, place)
