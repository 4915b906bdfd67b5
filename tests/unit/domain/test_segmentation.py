"""Evidence periods become whole seconds and 4 decimals, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cdr_service.domain.cdr import CdrDimensionType
from cdr_service.domain.errors import PricingError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.segmentation import charging_periods, floor_to_second, segment, whole_seconds
from meter_sign import Severity
from tests.support.domain import START, evidence_period

SECOND = timedelta(seconds=1)


def test_hours_are_rounded_along_the_session() -> None:
    """Three periods of 10 minutes are 0.1667, 0.1666 and 0.1667 h: their sum is the half hour."""
    periods = segment([evidence_period(START + 600 * index * SECOND, 600, "0") for index in range(3)]).periods
    assert ["0.1667", "0.1666", "0.1667"] == [str(period.hours) for period in periods]


def test_energy_is_rounded_along_the_session() -> None:
    """Two periods of 0.00005 kWh are written 0.0001 and 0.0000: their sum is the signed 0.0001."""
    segmentation = segment([evidence_period(START, 10, "0.00005"), evidence_period(START + 10 * SECOND, 10, "0.00005")])
    assert [Decimal("0.0001"), Decimal("0.0000")] == [period.energy_kwh for period in segmentation.periods]


def test_rounded_energy_is_told() -> None:
    """Energy with a fifth decimal is written rounded, with a warning that names both numbers."""
    (finding,) = segment([evidence_period(START, 10, "1.00005")]).findings
    assert (GatewayCode.ENERGY_ROUNDED_FOR_OCPI, Severity.WARNING) == (finding.code, finding.severity)
    assert "1.00005 kWh is written and billed as 1.0001" in finding.message


def test_trailing_zeros_are_not_rounded() -> None:
    """Signed digits beyond the fourth that are zero fit, so nothing is told."""
    assert () == segment([evidence_period(START, 10, "1.0000000")]).findings


def test_instants_are_floored_and_in_utc() -> None:
    """10:00:00.9 at +01:00 is written as 09:00:00Z."""
    instant = datetime(2026, 1, 15, 10, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=1)))
    (period,) = segment([evidence_period(instant, 60, "1")]).periods
    assert (datetime(2026, 1, 15, 9, tzinfo=UTC), UTC) == (period.starts_at, period.starts_at.tzinfo)


def test_fractions_of_seconds_do_not_drift() -> None:
    """Periods of 1.5 s become 1, 2, 1, 2 s: the session keeps its length."""
    length = timedelta(milliseconds=1500)
    periods = segment([evidence_period(START + length * index, length, "0") for index in range(4)]).periods
    assert [1, 2, 1, 2] == [period.seconds for period in periods]


def test_empty_period_gives_its_energy_to_the_next() -> None:
    """A period within one second disappears, its energy does not."""
    half = timedelta(milliseconds=500)
    periods = segment([evidence_period(START, half, "1.5"), evidence_period(START + half, 10, "2")]).periods
    assert [(10, Decimal("3.5000"))] == [(period.seconds, period.energy_kwh) for period in periods]


def test_period_of_no_time_at_all_gives_its_energy_to_the_next() -> None:
    """A period that ends when it starts is empty, not wrong."""
    periods = segment([evidence_period(START, 0, "1.5"), evidence_period(START, 10, "2")]).periods
    assert [(10, Decimal("3.5000"))] == [(period.seconds, period.energy_kwh) for period in periods]


def test_empty_last_period_gives_its_energy_back() -> None:
    """The energy of an empty last period goes to the one before, through several empty ones."""
    half = timedelta(milliseconds=400)
    end = START + 10 * SECOND
    periods = segment(
        [evidence_period(START, 10, "2"), evidence_period(end, half, "1"), evidence_period(end + half, half, "0.5")]
    ).periods
    assert [(10, Decimal("3.5000"))] == [(period.seconds, period.energy_kwh) for period in periods]


def test_no_period_is_refused() -> None:
    """A session without periods is no session that costs nothing."""
    with pytest.raises(PricingError) as caught:
        segment([])
    assert GatewayCode.PERIODS_MISSING == caught.value.code


def test_session_within_one_second_is_refused() -> None:
    """A session without a whole second has no period that OCPI could write."""
    with pytest.raises(PricingError) as caught:
        segment([evidence_period(START, timedelta(milliseconds=900), "1")])
    assert GatewayCode.SESSION_TOO_SHORT == caught.value.code


@pytest.mark.parametrize("offset", [-1, 1])
def test_gap_and_overlap_are_refused(offset: int) -> None:
    """Periods that do not meet would move energy or time to where it was not."""
    with pytest.raises(PricingError) as caught:
        segment([evidence_period(START, 10, "1"), evidence_period(START + (10 + offset) * SECOND, 10, "1")])
    assert (GatewayCode.PERIODS_NOT_CONTIGUOUS, "/periods/1") == (caught.value.code, caught.value.where)


def test_period_that_ends_before_it_starts_is_refused() -> None:
    """Time does not run backwards within a period."""
    with pytest.raises(PricingError) as caught:
        segment([evidence_period(START, -1, "1")])
    assert (GatewayCode.PERIODS_NOT_CONTIGUOUS, "/periods/0") == (caught.value.code, caught.value.where)


def test_charging_period_has_energy_and_time() -> None:
    """A charging period is written with ENERGY and TIME, a parking one with ENERGY, also of 0, and PARKING_TIME."""
    periods = segment(
        [evidence_period(START, 1800, "5"), evidence_period(START + 1800 * SECOND, 900, "0", parking=True)]
    ).periods
    written = charging_periods(periods, "tariff-1")
    energy, time, parking = CdrDimensionType.ENERGY, CdrDimensionType.TIME, CdrDimensionType.PARKING_TIME
    assert [
        [(energy, Decimal(5)), (time, Decimal("0.5"))],
        [(energy, Decimal(0)), (parking, Decimal("0.25"))],
    ] == [[(dimension.type, dimension.volume) for dimension in period.dimensions] for period in written]
    assert ["tariff-1", "tariff-1"] == [period.tariff_id for period in written]
    assert [START, START + 1800 * SECOND] == [period.start_date_time for period in written]


def test_floor_and_length_are_whole_seconds() -> None:
    """Instants and lengths lose their fraction towards the past."""
    assert START == floor_to_second(START + timedelta(microseconds=999_999))
    assert 86_401 == whole_seconds(timedelta(days=1, seconds=1, microseconds=999_999))
