"""Evidence periods become periods that OCPI can write: whole seconds, 4-decimal hours, 4-decimal energy.

Rules:

1. Every instant is floored to the second (OCPI DateTimes are written without a fraction).
2. A period that has no second left gives its energy to the next one; the last one gives it to the one before.
3. Hours and energy are rounded along the session, not period by period: what a period gets is the rounded running
   total at its end minus the rounded running total at its start. So the sums on the wire are exact.
4. What is billed is what stands on the wire (energy with 4 decimals, time in whole seconds): the receiver recomputes
   from the same quantities.

A running total in hours is off by at most 4/9 of the last digit (a second is 25/9 of it), the difference of two by at
most 8/9 of it, which is 0.32 s: so every period's whole seconds can be recovered from its hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from cdr_service.domain.cdr import CdrDimension, CdrDimensionType, ChargingPeriod
from cdr_service.domain.errors import PricingError
from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.domain.money import EXACT_OR_RAISE, hours_from_seconds, to_ocpi_number
from meter_sign import Activity, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign import EvidencePeriod

#: Which dimension a period's hours are written in.
TIME_DIMENSION = {
    Activity.CHARGING: CdrDimensionType.TIME,
    Activity.PARKING: CdrDimensionType.PARKING_TIME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredPeriod:
    """One stretch of a session with the quantities that are written and billed."""

    #: Whole second, UTC.
    starts_at: datetime
    #: Length in whole seconds.
    seconds: int
    activity: Activity
    #: At most 4 decimals.
    energy_kwh: Decimal
    #: The length as it is written, 4 decimals; `money.seconds_from_hours` gives `seconds` back.
    hours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """The periods of a session, without gaps, and what had to be said while making them."""

    periods: tuple[MeteredPeriod, ...]
    findings: tuple[SessionFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A period in whole seconds whose energy still has the signed digits."""

    starts_at: datetime
    seconds: int
    activity: Activity
    energy_kwh: Decimal


def segment(periods: Sequence[EvidencePeriod]) -> Segmentation:
    """Bring evidence periods into whole seconds and OCPI's 4 decimals.

    Trusted: that the energies are proven; this function adds and takes away nothing but digits beyond the fourth.

    Args:
        periods: in order of time, each starting where the one before ends.

    Returns:
        The periods, and ENERGY_ROUNDED_FOR_OCPI (warning) where the signed digits do not fit: 1.00005 kWh is
        written and billed as 1.0001.

    Raises:
        PricingError: PERIODS_MISSING, PERIODS_NOT_CONTIGUOUS (a gap, an overlap, or an end before its start),
            SESSION_TOO_SHORT (not one whole second).

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), types (DateTime, number), mod_cdrs, ChargingPeriod.
    """
    _check_contiguous(periods)
    stretches = _whole_seconds(periods)
    metered: list[MeteredPeriod] = []
    rounded_at: list[int] = []
    elapsed = 0
    energy = Decimal(0)
    for index, stretch in enumerate(stretches):
        energy_after = EXACT_OR_RAISE.add(energy, stretch.energy_kwh)
        elapsed_after = elapsed + stretch.seconds
        metered.append(
            MeteredPeriod(
                starts_at=stretch.starts_at,
                seconds=stretch.seconds,
                activity=stretch.activity,
                energy_kwh=EXACT_OR_RAISE.subtract(to_ocpi_number(energy_after), to_ocpi_number(energy)),
                hours=EXACT_OR_RAISE.subtract(hours_from_seconds(elapsed_after), hours_from_seconds(elapsed)),
            )
        )
        if to_ocpi_number(energy_after) != energy_after:
            rounded_at.append(index)
        elapsed, energy = elapsed_after, energy_after
    return Segmentation(periods=tuple(metered), findings=_rounding_findings(rounded_at, energy))


def charging_periods(periods: Sequence[MeteredPeriod], tariff_id: str | None) -> tuple[ChargingPeriod, ...]:
    """Write periods as OCPI does, each with ENERGY (also when it is 0) and with TIME or PARKING_TIME.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, ChargingPeriod; ocpi#426 (dimensions are never empty).
    """
    return tuple(
        ChargingPeriod(
            start_date_time=period.starts_at,
            dimensions=(
                CdrDimension(type=CdrDimensionType.ENERGY, volume=period.energy_kwh),
                CdrDimension(type=TIME_DIMENSION[period.activity], volume=period.hours),
            ),
            tariff_id=tariff_id,
        )
        for period in periods
    )


def floor_to_second(instant: datetime) -> datetime:
    """The whole second that has begun, in UTC: 10:00:00.999+01:00 is 09:00:00Z."""
    return instant.astimezone(UTC).replace(microsecond=0)


def whole_seconds(length: timedelta) -> int:
    """The whole seconds of a duration, rounded towards the past; exact, since days and seconds are integers."""
    return length.days * 86400 + length.seconds


def _check_contiguous(periods: Sequence[EvidencePeriod]) -> None:
    if not periods:
        raise PricingError(GatewayCode.PERIODS_MISSING, "a session without periods cannot be billed")
    for index, period in enumerate(periods):
        if period.ends_at < period.starts_at:
            raise PricingError(
                GatewayCode.PERIODS_NOT_CONTIGUOUS, "the period ends before it starts", where=f"/periods/{index}"
            )
    for index, (before, after) in enumerate(pairwise(periods)):
        if before.ends_at != after.starts_at:
            raise PricingError(
                GatewayCode.PERIODS_NOT_CONTIGUOUS,
                f"the period before ends at {before.ends_at.isoformat()}, this one starts at "
                f"{after.starts_at.isoformat()}",
                where=f"/periods/{index + 1}",
            )


def _whole_seconds(periods: Sequence[EvidencePeriod]) -> list[_Stretch]:
    """Floor the instants; no energy is lost with a period that becomes empty."""
    stretches: list[_Stretch] = []
    carried = Decimal(0)
    for period in periods:
        starts_at = floor_to_second(period.starts_at)
        seconds = whole_seconds(floor_to_second(period.ends_at) - starts_at)
        energy_kwh = EXACT_OR_RAISE.add(carried, period.energy_kwh)
        if seconds == 0:
            carried = energy_kwh
            continue
        carried = Decimal(0)
        stretches.append(
            _Stretch(starts_at=starts_at, seconds=seconds, activity=period.activity, energy_kwh=energy_kwh)
        )
    if not stretches:
        raise PricingError(GatewayCode.SESSION_TOO_SHORT, "the session has not one whole second", where="/periods")
    last = stretches[-1]
    stretches[-1] = replace(last, energy_kwh=EXACT_OR_RAISE.add(last.energy_kwh, carried))
    return stretches


def _rounding_findings(rounded_at: list[int], energy_kwh: Decimal) -> tuple[SessionFinding, ...]:
    if not rounded_at:
        return ()
    message = (
        f"the signed energy has more than 4 decimals: {energy_kwh} kWh is written and billed as "
        f"{to_ocpi_number(energy_kwh)} kWh, and split at the same precision"
    )
    return (
        SessionFinding(
            code=GatewayCode.ENERGY_ROUNDED_FOR_OCPI,
            severity=Severity.WARNING,
            message=message,
            path=f"/charging_periods/{rounded_at[0]}",
        ),
    )
