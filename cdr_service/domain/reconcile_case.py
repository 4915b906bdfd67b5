"""What a reconciliation looks at, and what it finds: the case of one CDR, and its discrepancies.

Part of `reconcile.py`, which see.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cdr_service.domain.cdr import Cdr, CdrDimensionType, ChargingPeriod
from cdr_service.domain.cdr_assembly import NAMES_ITS_KEY
from cdr_service.domain.money import exact_sum, seconds_from_hours
from cdr_service.domain.segmentation import MeteredPeriod, whole_seconds
from meter_sign import Activity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from cdr_service.domain.cdr_assembly import SignedRecord
    from cdr_service.domain.findings import GatewayCode
    from cdr_service.domain.session import ChargingSession
    from meter_sign import KeyRegistry

#: The costs of a CDR (mod_cdrs, CDR), without the reservation's.
COST_FIELDS = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEvidence:
    """What a CDR must agree with: the verified evidence, and the session as it is stored."""

    #: The closed session with its authorization and frozen tariff.
    session: ChargingSession
    #: Signed end minus signed begin, with the signed digits.
    energy_kwh: Decimal
    #: Instants of the first and the last signed reading, by the meter's clock; None where a reading carries no time.
    begin: datetime | None
    end: datetime | None
    #: The meter as signed.
    meter_id: str | None
    #: What the signed clock allows to bill: none, duration or absolute.
    billable_time: str
    #: The verified records, those of one nature in order of time.
    records: tuple[SignedRecord, ...]
    #: DER SubjectPublicKeyInfo of the registered key that verified them.
    key_der: bytes
    #: The same key as the records' format publishes it.
    public_key: bytes
    #: All that is registered for the meters that the records name: where records name their key, it is looked up here.
    registered: KeyRegistry

    @property
    def names_its_key(self) -> bool:
        """Whether the records say themselves which key is theirs."""
        return any(record.encoding_method in NAMES_ITS_KEY for record in self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One place where the CDR contradicts itself, its tariff or its evidence."""

    code: GatewayCode
    #: The field in dots, such as total_cost.excl_vat.
    field: str
    claimed: str
    computed: str
    #: JSON pointer into the CDR.
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the checks look at; made once, by `case_of`, from the CDR itself."""

    cdr: Cdr
    evidence: SignedEvidence
    #: The CDR's periods read back, in its own order.
    periods: tuple[MeteredPeriod, ...]
    #: The length of every period by the instants in the CDR, in whole seconds.
    lengths: tuple[int, ...]


def case_of(cdr: Cdr, evidence: SignedEvidence) -> Case:
    """Read a CDR's periods back from its own dimensions and instants.

    A dimension that is missing counts as 0, one that stands twice is added up; the checks complain about both.

    Args:
        cdr: the CDR, whose numbers are all finite.
        evidence: what it must agree with.
    """
    starts = [period.start_date_time for period in cdr.charging_periods]
    return Case(
        cdr=cdr,
        evidence=evidence,
        periods=tuple(_read_back(period) for period in cdr.charging_periods),
        lengths=tuple(whole_seconds(end - start) for start, end in pairwise((*starts, cdr.end_date_time))),
    )


def numbers_of(cdr: Cdr) -> Iterator[tuple[str, Decimal]]:
    """Every number of a CDR with its field in dots."""
    for field in ("total_energy", "total_time", "total_parking_time"):
        yield field, getattr(cdr, field)
    for field in COST_FIELDS:
        cost = getattr(cdr, field)
        yield f"{field}.excl_vat", cost.excl_vat
        if cost.incl_vat is not None:
            yield f"{field}.incl_vat", cost.incl_vat
    for index, period in enumerate(cdr.charging_periods):
        for place, dimension in enumerate(period.dimensions):
            yield f"charging_periods.{index}.dimensions.{place}.volume", dimension.volume


def discrepancy(code: GatewayCode, field: str, claimed: object, computed: object) -> Discrepancy:
    """A discrepancy whose pointer is its field's."""
    pointer = "/" + field.replace(".", "/")
    return Discrepancy(code=code, field=field, claimed=str(claimed), computed=str(computed), path=pointer)


def _read_back(period: ChargingPeriod) -> MeteredPeriod:
    parking = any(dimension.type is CdrDimensionType.PARKING_TIME for dimension in period.dimensions)
    hours = _volume(period, CdrDimensionType.PARKING_TIME if parking else CdrDimensionType.TIME)
    return MeteredPeriod(
        starts_at=period.start_date_time,
        seconds=seconds_from_hours(hours),
        activity=Activity.PARKING if parking else Activity.CHARGING,
        energy_kwh=_volume(period, CdrDimensionType.ENERGY),
        hours=hours,
    )


def _volume(period: ChargingPeriod, wanted: CdrDimensionType) -> Decimal:
    return exact_sum(dimension.volume for dimension in period.dimensions if dimension.type is wanted)
