"""Whatever the periods are: the sums on the wire are exact, and every second can be recovered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from cdr_service.domain.cdr import CdrDimensionType
from cdr_service.domain.money import divide, hours_from_seconds, seconds_from_hours
from cdr_service.domain.segmentation import charging_periods, floor_to_second, segment
from tests.support.domain import START, evidence_period

if TYPE_CHECKING:
    from meter_sign import EvidencePeriod

MICROSECONDS = st.one_of(
    st.integers(0, 3_000_000), st.integers(1, 20).map(lambda seconds: seconds * 1_000_000), st.integers(0, 10**11)
)
ENERGIES = st.one_of(
    st.just(Decimal(0)),
    st.decimals(min_value=0, max_value=500, places=3),
    st.decimals(min_value=0, max_value=Decimal("0.001"), places=7),
)


@st.composite
def evidence(draw: st.DrawFn) -> list[EvidencePeriod]:
    """Periods without gaps, from microseconds to a day, in all at least one second."""
    starts_at = START + timedelta(microseconds=draw(st.integers(0, 999_999)))
    periods = []
    for length, energy, parking in draw(st.lists(st.tuples(MICROSECONDS, ENERGIES, st.booleans()), max_size=30)):
        period = evidence_period(starts_at, timedelta(microseconds=length), str(energy), parking=parking)
        periods.append(period)
        starts_at = period.ends_at
    return [*periods, evidence_period(starts_at, draw(st.integers(1, 9)), "0.00004")]


@given(evidence())
def test_wire_recovers_the_session(periods: list[EvidencePeriod]) -> None:
    """Hours, seconds and energy on the wire add up to the session's, and every period's seconds come back."""
    metered = segment(periods).periods
    begin, end = floor_to_second(periods[0].starts_at), floor_to_second(periods[-1].ends_at)
    seconds = (end - begin) // timedelta(seconds=1)
    assert seconds == sum(period.seconds for period in metered)
    assert hours_from_seconds(seconds) == sum(period.hours for period in metered)
    assert divide(sum((p.energy_kwh for p in periods), Decimal(0)), Decimal(1), digits=4) == sum(
        period.energy_kwh for period in metered
    )
    assert [period.seconds for period in metered] == [seconds_from_hours(period.hours) for period in metered]


@given(evidence())
def test_periods_are_lawful(periods: list[EvidencePeriod]) -> None:
    """Periods follow one another from whole second to whole second, and no quantity is negative or too fine."""
    metered = segment(periods).periods
    assert floor_to_second(periods[0].starts_at) == metered[0].starts_at
    assert all(period.seconds > 0 and period.energy_kwh >= 0 and period.hours >= 0 for period in metered)
    for before, after in pairwise(metered):
        assert before.starts_at + timedelta(seconds=before.seconds) == after.starts_at
    for period in charging_periods(metered, "t"):
        assert CdrDimensionType.ENERGY == period.dimensions[0].type
        assert all(-4 <= int(dimension.volume.as_tuple().exponent) for dimension in period.dimensions)


@given(elapsed=st.integers(0, 10**7), seconds=st.integers(0, 10**6))
@settings(max_examples=300)
def test_seconds_survive_cumulative_hours(elapsed: int, seconds: int) -> None:
    """The difference of two rounded running totals gives the whole seconds back, however short the period."""
    hours = hours_from_seconds(elapsed + seconds) - hours_from_seconds(elapsed)
    assert seconds == seconds_from_hours(hours)


def test_seconds_survive_at_every_phase() -> None:
    """Rounding repeats every 9 s of running total (9 s are 25 last digits), so 9 x 9 cases prove all of them."""
    for elapsed in range(9):
        for seconds in range(9):
            hours = hours_from_seconds(elapsed + seconds) - hours_from_seconds(elapsed)
            assert seconds == seconds_from_hours(hours)
