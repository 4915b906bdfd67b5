"""Verified records that belong together, and the periods that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from meter_sign.codes import Code, Severity

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from meter_sign.model.content import Interval, Reading
    from meter_sign.model.record import VerifiedRecord
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import BillableTime, SignedTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation about a transaction or a session; errors stop billing."""

    code: Code
    severity: Severity
    message: str
    #: Where: a JSON pointer into the record, or `value N`.
    path: str | None = None
    #: The rule: specification, version, section.
    source: str | None = None


class Place(StrEnum):
    """Where a record stands in its transaction."""

    BEGIN = "begin"
    INTERMEDIATE = "intermediate"
    #: Also a record that holds begin and end at once.
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Verified records that belong together, judged: energy, times, findings."""

    transaction_id: str | None
    #: In the order of the meter's own count.
    records: tuple[VerifiedRecord, ...]
    #: Where each of the records stands, in their order.
    places: tuple[Place, ...]
    #: Begin, intermediates and end of the register that bills, in time order; empty when there is none. Their phases
    #: are settled: none is left `BY_ORDER`.
    readings: tuple[Reading, ...]
    #: The load profile that bills, or that tells when the energy of `readings` flowed and adds up to the same; in time
    #: order.
    intervals: tuple[Interval, ...] = ()
    findings: tuple[Finding, ...]
    billable_time: BillableTime
    register: ObisCode | None
    #: Signed end minus signed begin of `register`, or the sum of its profile; None when nothing may be billed.
    energy_kwh: Decimal | None

    @property
    def billable(self) -> bool:
        """Whether the energy may be billed: there is some register to bill, and no finding is an error."""
        return self.energy_kwh is not None and all(f.severity is not Severity.ERROR for f in self.findings)

    @property
    def bills_profile(self) -> bool:
        """Whether the energy is the sum of `intervals`, and not a difference of `readings`."""
        return bool(self.intervals) and not self.readings

    @property
    def begins_at(self) -> SignedTime | None:
        """The time of the first reading, or the start of the profile that bills; None when it is not signed."""
        if self.bills_profile:
            return self.intervals[0].starts
        return self.readings[0].time if self.readings else None

    @property
    def ends_at(self) -> SignedTime | None:
        """The time of the last reading, or the end of the profile that bills; None when it is not signed."""
        if self.bills_profile:
            return self.intervals[-1].ends
        return self.readings[-1].time if self.readings else None


class Activity(StrEnum):
    """What a session was doing in a period, in OCPI's sense: TIME or PARKING_TIME."""

    CHARGING = "charging"
    #: The vehicle is not requesting power (OCPI 2.2.1 bugfixes, CdrDimensionType PARKING_TIME).
    PARKING = "parking"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """The session's state from an instant on, as the operator's system reports it."""

    at: datetime
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePeriod:
    """A stretch of a session between two known instants, with the energy that verified readings prove for it."""

    starts_at: datetime
    ends_at: datetime
    activity: Activity
    #: Never interpolated: a signed difference, whole, or zero.
    energy_kwh: Decimal
    #: True when both ends of the energy are signed readings at exactly these instants.
    signed_at_both_ends: bool
