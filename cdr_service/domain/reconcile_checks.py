"""The checks of a reconciliation, one invariant each; see `reconcile.py`.

A check looks at the whole CDR and yields every discrepancy it finds; none stops the others. Prices are not among
them: `reconcile.py` compares the totals itself, after pricing the CDR's periods again.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from cdr_service.domain.billability import DURATION_IS_BILLABLE, lasts_beyond_readings
from cdr_service.domain.cdr import Cdr, CdrDimensionType
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import exact_sum, hours_from_seconds, to_ocpi_number
from cdr_service.domain.reconcile_case import Case, Discrepancy, discrepancy, numbers_of
from cdr_service.domain.reconcile_signed import signed_data_is_the_verified_one, signed_data_proves_the_energy
from cdr_service.domain.segmentation import floor_to_second, whole_seconds
from meter_sign import Activity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

#: Characters of the id of a CDR that is no credit CDR (mod_cdrs, CDR.id).
MAX_CDR_ID_LENGTH = 36

_LAWFUL_DIMENSIONS = (
    [CdrDimensionType.ENERGY, CdrDimensionType.PARKING_TIME],
    [CdrDimensionType.ENERGY, CdrDimensionType.TIME],
)


def id_has_room_for_a_credit(case: Case) -> Iterator[Discrepancy]:
    """A normal CDR's id has at most 36 characters; 39 are for credit CDRs."""
    length = len(case.cdr.id)
    if length > MAX_CDR_ID_LENGTH:
        yield discrepancy(GatewayCode.ID_TOO_LONG, "id", f"{length} characters", f"at most {MAX_CDR_ID_LENGTH}")


def session_is_the_stored_one(case: Case) -> Iterator[Discrepancy]:
    """Party, session, token, authorization, place and instants are those of the stored session."""
    cdr, session = case.cdr, case.evidence.session
    authorization = session.authorization
    ends_at = session.end_date_time
    fields: tuple[tuple[str, object, object], ...] = (
        ("party_id", cdr.party, session.party),
        ("session_id", cdr.session_id, session.session_id),
        ("cdr_token", cdr.cdr_token, authorization.token),
        ("auth_method", cdr.auth_method, authorization.auth_method),
        ("authorization_reference", cdr.authorization_reference, authorization.authorization_reference),
        ("cdr_location", cdr.cdr_location, authorization.location),
        ("start_date_time", cdr.start_date_time, floor_to_second(session.start_date_time)),
        ("end_date_time", cdr.end_date_time, None if ends_at is None else floor_to_second(ends_at)),
    )
    for field, claimed, stored in fields:
        if claimed != stored:
            yield discrepancy(GatewayCode.SESSION_DIFFERS, field, claimed, stored)


def tariff_is_the_frozen_one(case: Case) -> Iterator[Discrepancy]:
    """The snapshot is byte for byte the one frozen for the session, and its bytes have its digest."""
    claimed, frozen = case.cdr.tariff, case.evidence.session.authorization.snapshot
    digest = sha256(claimed.canonical_json).hexdigest()
    if claimed != frozen or digest != frozen.sha256:
        yield discrepancy(GatewayCode.TARIFF_DIFFERS_FROM_SNAPSHOT, "tariffs.0", digest, frozen.sha256)


def currency_is_the_tariffs(case: Case) -> Iterator[Discrepancy]:
    """The CDR's currency is the tariff's."""
    claimed, tariffs = case.cdr.currency, case.cdr.tariff.tariff.currency
    if claimed != tariffs:
        yield discrepancy(GatewayCode.CURRENCY_MISMATCH, "currency", claimed, tariffs)


def tariff_is_valid_at_start(case: Case) -> Iterator[Discrepancy]:
    """The session starts within the tariff's validity."""
    tariff, starts_at = case.cdr.tariff.tariff, case.cdr.start_date_time
    if not tariff.is_valid_at(starts_at):
        validity = f"{tariff.start_date_time} to {tariff.end_date_time}"
        yield discrepancy(GatewayCode.TARIFF_NOT_ACTIVE_AT_START, "start_date_time", starts_at, validity)


def session_and_evidence_have_a_length(case: Case) -> Iterator[Discrepancy]:
    """The session starts before it ends, and the signed begin is not after the signed end."""
    cdr, evidence = case.cdr, case.evidence
    if cdr.start_date_time >= cdr.end_date_time:
        yield discrepancy(
            GatewayCode.SESSION_TIMES_INVALID, "end_date_time", cdr.end_date_time, f"after {cdr.start_date_time}"
        )
    if evidence.begin is not None and evidence.end is not None and evidence.begin > evidence.end:
        yield discrepancy(GatewayCode.SESSION_TIMES_INVALID, "signed_data", evidence.begin, f"not after {evidence.end}")


def numbers_and_instants_can_be_written(case: Case) -> Iterator[Discrepancy]:
    """No number has more than OCPI's 4 decimals, and no instant a fraction of a second."""
    for field, number in numbers_of(case.cdr):
        if number != to_ocpi_number(number):
            yield discrepancy(GatewayCode.OCPI_PRECISION_EXCEEDED, field, number, to_ocpi_number(number))
    for field, instant in _instants(case.cdr):
        if instant != floor_to_second(instant):
            yield discrepancy(GatewayCode.OCPI_PRECISION_EXCEEDED, field, instant, floor_to_second(instant))


def periods_have_energy_and_time(case: Case) -> Iterator[Discrepancy]:
    """Every period has ENERGY once and either TIME or PARKING_TIME once, and nothing else."""
    for index, period in enumerate(case.cdr.charging_periods):
        types = sorted(dimension.type for dimension in period.dimensions)
        if types not in _LAWFUL_DIMENSIONS:
            yield discrepancy(
                GatewayCode.PERIOD_DIMENSIONS_INVALID,
                f"charging_periods.{index}.dimensions",
                ", ".join(types),
                "ENERGY and one of TIME, PARKING_TIME",
            )


def periods_are_in_order(case: Case) -> Iterator[Discrepancy]:
    """Every period starts after the one before it."""
    for index, (before, after) in enumerate(pairwise(case.cdr.charging_periods), start=1):
        if after.start_date_time <= before.start_date_time:
            yield discrepancy(
                GatewayCode.PERIODS_UNORDERED,
                f"charging_periods.{index}.start_date_time",
                after.start_date_time,
                f"after {before.start_date_time}",
            )


def periods_lie_in_the_session(case: Case) -> Iterator[Discrepancy]:
    """Every period starts within the session, and the first one with it."""
    cdr = case.cdr
    for index, period in enumerate(cdr.charging_periods):
        starts_at = period.start_date_time
        first_is_late = index == 0 and starts_at != cdr.start_date_time
        if first_is_late or not cdr.start_date_time <= starts_at < cdr.end_date_time:
            yield discrepancy(
                GatewayCode.PERIOD_OUTSIDE_SESSION,
                f"charging_periods.{index}.start_date_time",
                starts_at,
                f"{cdr.start_date_time} to {cdr.end_date_time}",
            )


def periods_name_the_tariff(case: Case) -> Iterator[Discrepancy]:
    """Every period is billed by the tariff that stands in the CDR."""
    tariff_id = case.cdr.tariff.tariff.id
    for index, period in enumerate(case.cdr.charging_periods):
        if period.tariff_id != tariff_id:
            yield discrepancy(
                GatewayCode.UNKNOWN_TARIFF_ID, f"charging_periods.{index}.tariff_id", period.tariff_id, tariff_id
            )


def periods_are_not_longer_than_they_last(case: Case) -> Iterator[Discrepancy]:
    """No period bills more seconds than lie between its start and the next one's."""
    for index, (period, length) in enumerate(zip(case.periods, case.lengths, strict=True)):
        if period.seconds > length:
            yield discrepancy(
                GatewayCode.PERIOD_TIME_EXCEEDS_LENGTH,
                f"charging_periods.{index}.dimensions",
                f"{period.seconds} s",
                f"{length} s",
            )


def energy_adds_up(case: Case) -> Iterator[Discrepancy]:
    """total_energy is the sum of the periods' ENERGY."""
    computed = exact_sum(period.energy_kwh for period in case.periods)
    if case.cdr.total_energy != computed:
        yield discrepancy(GatewayCode.ENERGY_SUM, "total_energy", case.cdr.total_energy, computed)


def time_adds_up(case: Case) -> Iterator[Discrepancy]:
    """total_time is the sum of TIME and PARKING_TIME and the length of the session, and so are the seconds."""
    cdr = case.cdr
    session_seconds = whole_seconds(cdr.end_date_time - cdr.start_date_time)
    computed = (exact_sum(period.hours for period in case.periods), hours_from_seconds(session_seconds))
    for hours in computed:
        if cdr.total_time != hours:
            yield discrepancy(GatewayCode.TIME_SUM, "total_time", cdr.total_time, hours)
    period_seconds = sum(period.seconds for period in case.periods)
    if period_seconds != session_seconds:
        yield discrepancy(GatewayCode.TIME_SUM, "charging_periods", f"{period_seconds} s", f"{session_seconds} s")


def parking_adds_up(case: Case) -> Iterator[Discrepancy]:
    """total_parking_time is the sum of PARKING_TIME, free parking included (ocpi#385)."""
    claimed = case.cdr.total_parking_time
    computed = exact_sum(period.hours for period in case.periods if period.activity is Activity.PARKING)
    if claimed != computed:
        yield discrepancy(GatewayCode.PARKING_SUM, "total_parking_time", claimed, computed)


def energy_is_the_signed_energy(case: Case) -> Iterator[Discrepancy]:
    """total_energy is the signed difference, at OCPI's 4 decimals."""
    claimed, signed = case.cdr.total_energy, to_ocpi_number(case.evidence.energy_kwh)
    if claimed != signed:
        yield discrepancy(GatewayCode.SIGNED_ENERGY_DIFFERS, "total_energy", claimed, signed)


def meter_is_the_signed_one(case: Case) -> Iterator[Discrepancy]:
    """meter_id is the meter that signed."""
    claimed, signed = case.cdr.meter_id, case.evidence.meter_id
    if claimed != signed:
        yield discrepancy(GatewayCode.METER_DIFFERS, "meter_id", claimed, signed)


def time_is_billed_by_a_billable_clock(case: Case) -> Iterator[Discrepancy]:
    """Time costs nothing where the signed clock is not billable."""
    if case.evidence.billable_time in DURATION_IS_BILLABLE:
        return
    costs = (("total_time_cost", case.cdr.total_time_cost), ("total_parking_cost", case.cdr.total_parking_cost))
    for field, cost in costs:
        if cost.excl_vat != 0:
            yield discrepancy(GatewayCode.CLOCK_NOT_BILLABLE, field, cost.excl_vat, 0)


def billed_time_is_signed(case: Case) -> Iterator[Discrepancy]:
    """Time costs nothing where the session outlasts its signed readings."""
    cdr, evidence = case.cdr, case.evidence
    session = cdr.end_date_time - cdr.start_date_time
    signed = timedelta(0) if evidence.begin is None or evidence.end is None else evidence.end - evidence.begin
    costs = (cdr.total_time_cost.excl_vat, cdr.total_parking_cost.excl_vat)
    if any(cost != 0 for cost in costs) and lasts_beyond_readings(session, signed):
        yield discrepancy(GatewayCode.TIME_NOT_SIGNED, "total_time", session, signed)


#: Every check of a CDR but the prices; each is one invariant and goes on after the first discrepancy.
CHECKS: tuple[Callable[[Case], Iterator[Discrepancy]], ...] = (
    id_has_room_for_a_credit,
    session_is_the_stored_one,
    tariff_is_the_frozen_one,
    currency_is_the_tariffs,
    tariff_is_valid_at_start,
    session_and_evidence_have_a_length,
    numbers_and_instants_can_be_written,
    periods_have_energy_and_time,
    periods_are_in_order,
    periods_lie_in_the_session,
    periods_name_the_tariff,
    periods_are_not_longer_than_they_last,
    energy_adds_up,
    time_adds_up,
    parking_adds_up,
    energy_is_the_signed_energy,
    signed_data_is_the_verified_one,
    signed_data_proves_the_energy,
    meter_is_the_signed_one,
    time_is_billed_by_a_billable_clock,
    billed_time_is_signed,
)


def _instants(cdr: Cdr) -> Iterator[tuple[str, datetime]]:
    yield "start_date_time", cdr.start_date_time
    yield "end_date_time", cdr.end_date_time
    yield "last_updated", cdr.last_updated
    for index, period in enumerate(cdr.charging_periods):
        yield f"charging_periods.{index}.start_date_time", period.start_date_time
