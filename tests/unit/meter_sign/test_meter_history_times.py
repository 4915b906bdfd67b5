"""Transactions of one meter that only their time tells apart: hand-made traces, one rule a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.meter_history import Counter, Page, RegisterSpan, Trace, find_history
from meter_sign.model import PaginationKind

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
NOTHING_FOUND: list[Code] = []


def total(begin: int, end: int) -> tuple[RegisterSpan, ...]:
    """The stretch of the meter's total that a session takes, in kWh."""
    return (RegisterSpan("1-0:1.8.0", Decimal(begin), Decimal(end)),)


TOTAL = total(100, 110)


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


def test_numbers_order_what_seems_to_run_at_once() -> None:
    """Where both are counted, that says more than a clock."""
    one, next_ = ran("one", 0, 30, number=1, spans=TOTAL), ran("next", 10, 40, number=2, spans=total(110, 120))
    assert [NOTHING_FOUND, NOTHING_FOUND] == errors(one, next_)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (("at the end", 30, 30, 200, 210), Code.TRANSACTIONS_INTERLEAVE),
        (("at the begin", 0, 0, 50, 60), Code.TRANSACTIONS_INTERLEAVE),
        (("in between", 15, 15, 111, 112), Code.REGISTER_DECREASES),
        (("lower and later", 29, 60, 10, 20), Code.REGISTER_DECREASES),
    ],
)
def test_register_has_one_value_at_an_instant_and_never_falls(
    other: tuple[str, int, int, int, int], code: Code
) -> None:
    """A session of 0 to 30 minutes from 100 to 110 kWh, and another one that contradicts it, in either order."""
    name, begin, end, *kwh = other
    contradicting, usual = ran(name, begin, end, spans=total(*kwh)), ran("usual", 0, 30, spans=TOTAL)
    for one, second in ((usual, contradicting), (contradicting, usual)):
        found = errors(one, second)
        assert [NOTHING_FOUND, True] == [found[0], code in found[1]]


def test_sessions_that_follow_each_other_share_an_instant() -> None:
    """One ends in the minute in which the next begins, and the charger itself has used a little."""
    next_ = ran("next", 30, 60, spans=(RegisterSpan("1-0:1.8.0", Decimal("110.02"), Decimal(120)),))
    assert [NOTHING_FOUND, NOTHING_FOUND] == errors(ran("one", 0, 30, spans=TOTAL), next_)


def test_long_session_is_found_behind_short_ones() -> None:
    """What begins last before another one need not be what is in its way."""
    long, short = ran("long", 0, 59, spans=TOTAL), ran("short", 59, 60, spans=total(110, 111))
    found = errors(long, short, ran("late", 1, 60, spans=total(111, 120)))
    assert [NOTHING_FOUND, NOTHING_FOUND] == found[:2]
    assert Code.TRANSACTIONS_INTERLEAVE in found[2]


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


def test_party_is_no_exchanged_meter() -> None:
    """A party's key differs from the meter's, and what it says of the time bills nothing again, in either order."""
    party = ran("party", 40, 60, spans=TOTAL, key_fingerprint="K2", signed_by_meter=False)
    own = ran("own", 0, 30, spans=TOTAL)
    for one, second in ((party, own), (own, party)):
        assert [NOTHING_FOUND, [Code.ENERGY_OVERLAPS]] == errors(one, second)


def test_two_parties_are_no_exchanged_meter() -> None:
    """A renewed key of a party says nothing of the meter: a total that falls behind it is an error."""
    one, renewed = (
        ran(key, *times, spans=spans, key_fingerprint=key, signed_by_meter=False)
        for key, times, spans in (("K1", (0, 30), TOTAL), ("K2", (40, 60), total(90, 95)))
    )
    assert [NOTHING_FOUND, [Code.REGISTER_DECREASES]] == errors(one, renewed)


@pytest.mark.parametrize(("begin", "found"), [(24, [Code.TRANSACTIONS_INTERLEAVE]), (25, NOTHING_FOUND)])
def test_operators_times_tell_two_formats_apart(begin: int, found: list[Code]) -> None:
    """A record with a number and a clock that nobody set, and a session register, so that only the operator knows."""
    uncounted = ran("uncounted", begin, 60, spans=TOTAL)
    assert [NOTHING_FOUND, found] == errors(uncounted, ran("watched", 0, 30, number=1, clock_is_signed=False))


def test_sessions_of_one_minute_stand_in_any_order() -> None:
    """Three within one stated minute: what they bill themselves contradicts nothing, and their registers order them."""
    stretches = [(100, 110), (110, 114), (114, 118), (118, 120)]
    times = [(0, 30), (30, 30), (30, 30), (30, 60)]
    sessions = [
        ran(str(at), *time, spans=total(*kwh)) for at, (time, kwh) in enumerate(zip(times, stretches, strict=True))
    ]
    assert [NOTHING_FOUND] * 4 == errors(*sessions) == errors(*reversed(sessions))


def test_next_session_may_charge_fast_in_the_minute_that_a_clock_was_set_back() -> None:
    """15 kWh in the last minute are its own."""
    next_ = ran("next", 29, 30, spans=total(110, 125))
    assert [NOTHING_FOUND, NOTHING_FOUND] == errors(ran("one", 0, 30, spans=TOTAL), next_)
