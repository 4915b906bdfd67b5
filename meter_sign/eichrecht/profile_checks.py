"""Rules on load profiles, and on what a format says of a value itself; see `checks.py`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.eichrecht.findings import error, warning
from meter_sign.eichrecht.profile import import_intervals
from meter_sign.quantity import KWH_EXPONENT, difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.eichrecht.case import Case
    from meter_sign.model import Finding

_PROFILE = "edifact.md 5.2, 5.3"
_UNITS = "edifact.md 5.2, units"
#: By how much a profile may miss its register for each of its intervals: both are rounded to three decimals.
_TOLERANCE_KWH = Decimal("0.001")


def values_are_measurements(case: Case) -> Iterator[Finding]:
    """No value that would be billed is called a substitute, or anything but a true value, by its own format.

    One finding for each reason and record; of values that bill nothing, such as export, it is only told.
    """
    billed = [(placed.record, placed.reading.objection, placed.path) for placed in case.of_series]
    billed += [(placed.record, placed.interval.objection, placed.path) for placed in import_intervals(case.records)]
    found: dict[tuple[int, Code], list[str]] = defaultdict(list)
    for record, code, path in billed:
        if code is not None:
            found[record.payload.index, code].append(path)
    for (_, code), paths in found.items():
        message = f"{len(paths)} value(s) that would be billed are authentic and no measurement of the meter"
        yield error(code, message, paths[0], _PROFILE)
    yield from _told_of_others(case, {code for _, code in found})


def _told_of_others(case: Case, known: set[Code]) -> Iterator[Finding]:
    for record in case.records:
        told = {one.objection: one.path for one in record.content.values if one.objection is not None}
        for code, path in told.items():
            if code not in known:
                message = "the value is no measurement of the meter, and is not billed"
                yield warning(code, message, f"value {record.payload.index} {path or ''}".strip(), _PROFILE)


def profiles_in_turn(case: Case) -> Iterator[Finding]:
    """The intervals of a register follow each other, whatever records they came in: no energy twice, and none lost."""
    for profile in case.profiles:
        for before, after in pairwise(profile.intervals):
            ends_at, starts_at = before.interval.ends.at, after.interval.starts.at
            if starts_at == ends_at:
                continue
            code = Code.INTERVAL_GAP if starts_at > ends_at else Code.INTERVAL_OVERLAP
            message = f"the interval before ends at {ends_at.isoformat()}, this one starts at {starts_at.isoformat()}"
            yield error(code, message, after.path, _PROFILE)


def profiles_agree(case: Case) -> Iterator[Finding]:
    """Import profiles of several registers tell one energy: which of them bills must not matter."""
    if case.profiles_disagree:
        told = {str(profile.register): str(profile.energy_kwh) for profile in case.profiles}
        yield error(Code.TRANSACTION_AMBIGUOUS, f"load profiles do not tell one energy: {told}", source=_PROFILE)


def profile_agrees_with_register(case: Case) -> Iterator[Finding]:
    """A profile adds up to what the register that bills has counted, but for its rounding."""
    energy = case.billing.energy_kwh if case.billing else None
    if energy is None:
        return
    for profile in case.profiles:
        allowed = _TOLERANCE_KWH * len(profile.intervals)
        if not -allowed <= difference(profile.energy_kwh, energy) <= allowed:
            message = f"the intervals of {profile.register} add up to {profile.energy_kwh} kWh, not to {energy} kWh"
            yield error(Code.REGISTER_PROFILE_MISMATCH, message, profile.intervals[0].path, _PROFILE)


def intervals_are_energy(case: Case) -> Iterator[Finding]:
    """Every import interval has an energy, and none below zero."""
    for placed in () if case.several_meters else import_intervals(case.records):
        if placed.interval.unit not in KWH_EXPONENT:
            message = f"an interval of {placed.interval.register} has the unit {placed.interval.unit}"
            yield error(Code.UNIT_NOT_ENERGY, message, placed.path, _UNITS)
        elif placed.interval.value < 0:
            message = f"an interval of {placed.interval.register} has {placed.interval.value} {placed.interval.unit}"
            yield error(Code.ENERGY_NEGATIVE, message, placed.path, _PROFILE)
