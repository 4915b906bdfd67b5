"""What a record says, in words that all formats share: meter, user, readings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from meter_sign.quantity import Unit, energy_kwh

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import SignedTime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterIdentity:
    """Whose reading it is: serials and makers as signed."""

    serial: str | None = None
    gateway_serial: str | None = None
    #: Metering or market location (EDIFACT LOC+172).
    location: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None

    @property
    def meter_id(self) -> str | None:
        """The id under which keys are registered: the meter's serial, else the gateway's, else the location's."""
        return self.serial or self.gateway_serial or self.location


class PaginationKind(StrEnum):
    """The two counters of a meter: transactions and fiscal readings (OCMF 1.4.1, table 4, PG)."""

    TRANSACTION = "T"
    FISCAL = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """A record's number in the meter's own continuous count."""

    kind: PaginationKind
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePoint:
    """Where the record was signed, as signed (OCMF 1.4.1, table 6 and 18)."""

    #: EVSEID or CBIDC (charge box and connector).
    kind: str | None = None
    id: str | None = None
    controller_firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCompensation:
    """The cable for whose losses compensated registers were corrected, as signed (OCMF 1.4.1, table 24)."""

    name: str | None
    number: Decimal | None
    #: In `unit`; None when the record does not say it.
    resistance: Decimal | None
    unit: Unit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who charged, as signed."""

    assigned: bool | None = None
    level: str | None = None
    type: str | None = None
    data: str | None = None
    flags: tuple[str, ...] = ()


class Phase(StrEnum):
    """What a reading marks in its transaction, in words that all formats share."""

    BEGIN = "begin"
    #: Charging, suspended, tariff change: readings on the way, all of equal weight.
    CHARGING = "charging"
    END = "end"
    #: Ended, but not as planned: an abort, a power failure.
    ABNORMAL_END = "abnormal_end"
    #: An error on the way: from here on energy and time are no longer usable.
    EXCEPTION = "exception"
    #: The format states a reason that no table names.
    UNKNOWN = "unknown"
    #: The format signs no reason: the order of the meter's own count tells begin and end apart (EDL40, Alfen).
    BY_ORDER = "by_order"


#: Phases that end a transaction.
END_PHASES = frozenset({Phase.END, Phase.ABNORMAL_END})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meter value at one moment, as signed; fields inherited from the reading before it are filled in."""

    time: SignedTime | None
    #: The format's reason for the reading, as signed; in OCMF TX: B C X E L R A P S T, or None in fiscal records.
    qualifier: str | None
    #: The same in shared words; None when the record says that the reading belongs to no transaction.
    phase: Phase | None
    register: ObisCode | None
    #: As signed, in `unit`; None when the reading only reports an event.
    value: Decimal | None
    unit: Unit | None
    #: The meter's word on itself, as signed; None when the record never says.
    meter_status: str | None
    #: Whether that word means that the meter worked; None when the record never says.
    status_good: bool | None
    #: Set where the value is a difference: the instant since which the meter counted it, from zero. Such a reading is
    #: begin and end at once (PCDF RV).
    since: SignedTime | None = None
    #: Quantities that an error made unusable: `E` energy, `t` time.
    error_flags: str = ""
    #: The reading's own number in the meter's count, where a record signs one for each of its readings (Mennekes).
    pagination: int | None = None
    #: Energy lost in the cable since the transaction began, in `unit`, as signed.
    cumulated_loss: Decimal | None = None
    current_type: str | None = None
    #: The meter's count of events that concern its measurements, such as a clock that was set (OCMF 0.4 EI, the log
    #: book of EDL40). It must not move within a transaction.
    event_counter: int | None = None
    #: When the user was set, in seconds of the meter's own clock, where that is signed (EDL40).
    identified_at: int | None = None
    #: Set where the register never bills and only controls the one that does: by how much its energy may deviate from
    #: that one's, in `unit` (BSM TotWhImp).
    control_tolerance: Decimal | None = None
    #: What the format itself says against the value being a measurement (EDIFACT: SUBSTITUTE_VALUE, NOT_TRUE_VALUE,
    #: VALUE_REASON). It is authentic all the same.
    objection: Code | None = None
    #: Whose reading it is, where one record holds readings of several meters; they form no transaction.
    meter_id: str | None = None
    #: JSON pointer into the signed payload; in EDIFACT the offset of its segment.
    path: str | None = None

    @property
    def bounds(self) -> tuple[Reading, ...]:
        """The reading itself; a difference as begin and end, because it begins at zero by definition."""
        if self.since is None:
            return (self,)
        begin = replace(self, time=self.since, value=Decimal(0), phase=Phase.BEGIN, since=None)
        return begin, replace(self, since=None)

    @property
    def value_kwh(self) -> Decimal | None:
        """The value in kWh with the signed digits, or None when it is no energy."""
        if self.value is None or self.unit is None:
            return None
        return energy_kwh(self.value, self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Energy of one stretch of time, as signed: a piece of a load profile (EDIFACT)."""

    starts: SignedTime
    ends: SignedTime
    register: ObisCode
    #: Whether the register counts import, and so what is billed.
    is_import: bool
    #: As signed, in `unit`.
    value: Decimal
    unit: Unit
    #: The format's word on the value, as signed: QTY 6063.
    qualifier: str
    #: As in `Reading`.
    objection: Code | None = None
    meter_id: str | None = None
    #: Offset of its segment.
    path: str | None = None

    @property
    def value_kwh(self) -> Decimal:
        """The energy in kWh with the signed digits; an interval of anything but energy is none."""
        energy = energy_kwh(self.value, self.unit)
        if energy is None:
            raise ValueError(f"an interval in {self.unit}")
        return energy


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContent:
    """What a record says, in words that all formats share."""

    meter: MeterIdentity
    pagination: Pagination | None
    identification: Identification | None
    readings: tuple[Reading, ...]
    #: Of a load profile, in time order without gap and overlap for each meter and register.
    intervals: tuple[Interval, ...] = ()
    #: Whether the format counts its records. Where it does not, their order is that of their signed times, and no
    #: number tells that one is missing (EDIFACT).
    counts_records: bool = True
    tariff_text: str | None = None
    #: Whose message it is, as it says itself (MSCONS NAD+MS).
    sender: str | None = None
    #: The format's own transaction id, if it has one.
    transaction_id: str | None = None
    loss_compensation: LossCompensation | None = None
    charge_point: ChargePoint | None = None
    #: Deviations of single fields, and where each stands, where the format's reader tells it.
    deviations: tuple[tuple[Code, str], ...] = field(default=(), compare=False)

    @property
    def values(self) -> tuple[Reading | Interval, ...]:
        """Everything that the record measured: points, then intervals."""
        return (*self.readings, *self.intervals)
