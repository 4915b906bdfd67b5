"""What the checks look at: records in their signed order, their readings' phases, and what may bill.

Registers bill by the difference of begin and end. A load profile bills by its sum where no register has both; where one
has, the profile only tells when the energy flowed, and must add up to the same.

Source: OCMF 1.4.1, tables 7, 10, 11, 25; edifact.md 5.2 (load profiles).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.eichrecht.order import phases_by_order, turn_of
from meter_sign.eichrecht.profile import Profile, import_profiles
from meter_sign.model import END_PHASES, Context, Phase
from meter_sign.obis import ObisCode, RegisterKind
from meter_sign.quantity import difference, energy_kwh
from meter_sign.timestamps import BillableTime, TimeStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from meter_sign.model import Reading, VerifiedRecord

BEGINS = frozenset({Phase.BEGIN})
INTERMEDIATES = frozenset({Phase.CHARGING})
FLAG_TIME = "t"
LEVELS_ASSIGNED = frozenset({"HEARSAY", "TRUSTED", "VERIFIED", "CERTIFIED", "SECURE"})
LEVELS_NONE = frozenset({None, "", "NONE"})

#: Which registers may bill: the highest rank that is signed counts, and no other.
RANKS = {
    RegisterKind.IMPORT_COMPENSATED: 3,
    RegisterKind.IMPORT_TRANSACTION_COMPENSATED: 3,
    RegisterKind.IMPORT: 2,
    RegisterKind.IMPORT_TRANSACTION: 2,
    RegisterKind.IMPORT_TARIFF: 1,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A reading, its phase settled, with the record that signed it; `at` is its place: record, then row."""

    record: VerifiedRecord
    reading: Reading
    at: tuple[int, int]

    @property
    def path(self) -> str:
        """Where a person finds it: `value 0 /RD/1`."""
        return f"value {self.record.payload.index} {self.reading.path or ''}".strip()

    @property
    def clock(self) -> TimeStatus | None:
        """What the meter said of its clock, if it said anything."""
        return self.reading.time.status if self.reading.time else None


@dataclass(frozen=True, slots=True)
class Series:
    """All readings of one register that may bill, in signed order."""

    register: ObisCode
    readings: tuple[Placed, ...]

    def having(self, phases: frozenset[Phase]) -> tuple[Placed, ...]:
        """The readings that mark one of these phases."""
        return tuple(placed for placed in self.readings if placed.reading.phase in phases)

    @property
    def in_turn(self) -> tuple[Placed, ...]:
        """Begin, intermediates, end, whatever order they were signed in: `checks.py` compares the two."""
        return self.having(BEGINS) + self.having(INTERMEDIATES) + self.having(END_PHASES)

    @property
    def steps(self) -> Iterator[tuple[Placed, Placed]]:
        """Each reading with the next; none where begin or end is ambiguous, for then there is no next."""
        ambiguous = len(self.having(BEGINS)) > 1 or len(self.having(END_PHASES)) > 1
        return pairwise(() if ambiguous else self.in_turn)

    @property
    def energy_kwh(self) -> Decimal | None:
        """End minus begin, exactly; None without exactly one of each, without energies, and when it falls."""
        begins, ends = self.having(BEGINS), self.having(END_PHASES)
        if len(begins) != 1 or len(ends) != 1:
            return None
        begin, end = begins[0].reading.value_kwh, ends[0].reading.value_kwh
        if begin is None or end is None or end < begin:
            return None
        return difference(end, begin)

    @property
    def tolerance_kwh(self) -> Decimal:
        """By how much a register that controls may deviate: the widest tolerance of its readings."""
        return max((_tolerance_kwh(placed.reading) for placed in self.readings), default=Decimal(0))

    @property
    def clock(self) -> BillableTime:
        """What the clock allows: S at both ends the time of day, R (or S, then R) the duration, else nothing."""
        statuses = tuple(placed.clock for placed in self.having(BEGINS) + self.having(END_PHASES))
        return _CLOCKS.get(statuses, BillableTime.NONE)


def _tolerance_kwh(reading: Reading) -> Decimal:
    if reading.control_tolerance is None or reading.unit is None:
        return Decimal(0)
    return energy_kwh(reading.control_tolerance, reading.unit) or Decimal(0)


#: Clock at begin and end to what may be billed; S before R means that the duration is what the meter vouches for.
_CLOCKS: dict[tuple[TimeStatus | None, ...], BillableTime] = {
    (TimeStatus.SYNCHRONISED, TimeStatus.SYNCHRONISED): BillableTime.ABSOLUTE,
    (TimeStatus.SYNCHRONISED, TimeStatus.RELATIVE): BillableTime.DURATION,
    (TimeStatus.RELATIVE, TimeStatus.RELATIVE): BillableTime.DURATION,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One transaction before judgement."""

    #: In the meter's own order.
    records: tuple[VerifiedRecord, ...]
    #: Further values of this transaction that did not verify.
    bad_values: int
    readings: tuple[Placed, ...]
    #: The registers of the highest rank that is signed.
    series: tuple[Series, ...]
    #: Registers that may not bill and must tell the same energy, but for their tolerance.
    controls: tuple[Series, ...]
    #: Import profiles, one for each register.
    profiles: tuple[Profile, ...] = ()
    #: A record holds values of several meters: nothing of it may bill, and `series` and `profiles` are empty.
    several_meters: bool = False
    #: Why the operator lets signers count that are no meter, in his own words; None: they do not count.
    party_policy: str | None = None

    @property
    def billing(self) -> Series | None:
        """The register that bills: of those that hold a whole transaction the one with most readings."""
        complete = [one for one in self.series if one.energy_kwh is not None]
        return max(complete or self.series, key=lambda one: len(one.readings), default=None)

    @property
    def registers_disagree(self) -> bool:
        """Whether registers of the rank that bills tell several energies, or hold shares of it (tariff rates)."""
        if len(self.series) < 2:
            return False
        shares = self.series[0].register.kind is RegisterKind.IMPORT_TARIFF
        return shares or len({one.energy_kwh for one in self.series}) > 1

    @property
    def profile(self) -> Profile | None:
        """The import profile: of several the one with most intervals."""
        return max(self.profiles, key=lambda one: len(one.intervals), default=None)

    @property
    def profiles_disagree(self) -> bool:
        """Whether import profiles of several registers tell several energies."""
        return len({one.energy_kwh for one in self.profiles}) > 1

    @property
    def billing_profile(self) -> Profile | None:
        """The profile that bills: where no register holds a whole transaction."""
        return None if any(one.energy_kwh is not None for one in self.series) else self.profile

    @property
    def phases(self) -> tuple[frozenset[Phase | None], ...]:
        """What each record holds, in the order of the records; found in one go, for a file may hold many."""
        if not self.series and any(record.content.intervals for record in self.records):
            return self._phases_of_profiles
        found: list[set[Phase | None]] = [set() for _ in self.records]
        for placed in self.readings:
            found[placed.at[0]].add(placed.reading.phase)
        return tuple(map(frozenset, found))

    @property
    def _phases_of_profiles(self) -> tuple[frozenset[Phase | None], ...]:
        """Where no register may bill: a profile that is alone is begin and end, of several the first and the last."""
        profiles = [record for record in self.records if record.content.intervals]
        settled: list[set[Phase | None]] = [{phase} for phase in phases_by_order(profiles)]
        if len(settled) == 1 and (profiles[0].payload.context or "").strip() != Context.BEGIN:
            settled = [{Phase.BEGIN, Phase.END}]
        turns = iter(settled)
        return tuple(frozenset(next(turns) if record.content.intervals else ()) for record in self.records)

    @property
    def of_series(self) -> tuple[Placed, ...]:
        """All readings of all registers that may bill."""
        return tuple(placed for series in self.series for placed in series.readings)


def open_case(records: Sequence[VerifiedRecord], bad_values: int, party_policy: str | None = None) -> Case:
    """Lay the records out in the meter's own order and pick what may bill.

    Args:
        records: verified, of one transaction, in any order.
        bad_values: how many further values of it did not verify.
        party_policy: see `Case`.
    """
    ordered = tuple(sorted(records, key=turn_of))
    phases = _phases_in_turn(ordered)
    told = tuple(
        Placed(record, _settled(reading, phase), (number, row))
        for number, (record, phase) in enumerate(zip(ordered, phases, strict=True))
        for row, reading in enumerate(one for whole in record.content.readings for one in whole.bounds)
    )
    placed = tuple(_without_repeated_begins(told))
    several = any(map(_names_meters, ordered))
    return Case(
        ordered,
        bad_values,
        placed,
        series=() if several else _billing_series(placed),
        controls=() if several else _by_register(placed, controls=True),
        profiles=() if several else import_profiles(ordered),
        several_meters=several,
        party_policy=(party_policy or "").strip() or None,
    )


def _phases_in_turn(records: Sequence[VerifiedRecord]) -> list[Phase]:
    """By the order of the records that hold readings; one that holds a profile alone stands in nobody's place."""
    turns = iter(phases_by_order([record for record in records if record.content.readings]))
    return [next(turns) if record.content.readings else Phase.CHARGING for record in records]


def _names_meters(record: VerifiedRecord) -> bool:
    """Whether each of a record's values says whose it is: they are of several meters."""
    return any(one.meter_id is not None for one in record.content.values)


def _without_repeated_begins(readings: Sequence[Placed]) -> Iterator[Placed]:
    """All readings, but a begin that a later record repeats word for word: it is one reading, signed twice.

    Chargers send the begin when it is signed, and again in the record that holds the end (OCA application note "Signed
    Meter Values", ISA). A begin with any other digit is another reading, and ambiguous; so is a record that holds
    nothing but a begin again.
    """
    goes_on = {placed.at[0] for placed in readings if placed.reading.phase is not Phase.BEGIN}
    begins: dict[Reading, VerifiedRecord] = {}
    for placed in readings:
        if placed.reading.phase is Phase.BEGIN:
            begin = replace(placed.reading, path=None)
            if begins.setdefault(begin, placed.record) is not placed.record and placed.at[0] in goes_on:
                continue
        yield placed


def _settled(reading: Reading, by_order: Phase) -> Reading:
    return replace(reading, phase=by_order) if reading.phase is Phase.BY_ORDER else reading


def _billing_series(readings: Iterable[Placed]) -> tuple[Series, ...]:
    may_bill = [one for one in _by_register(readings, controls=False) if one.register.kind in RANKS]
    best = max((RANKS[one.register.kind] for one in may_bill), default=0)
    return tuple(one for one in may_bill if RANKS[one.register.kind] == best)


def _by_register(readings: Iterable[Placed], *, controls: bool) -> tuple[Series, ...]:
    found: dict[ObisCode, list[Placed]] = {}
    for placed in readings:
        reading = placed.reading
        if reading.register is not None and (reading.control_tolerance is not None) is controls:
            found.setdefault(reading.register, []).append(placed)
    return tuple(Series(register, tuple(placed)) for register, placed in found.items())
