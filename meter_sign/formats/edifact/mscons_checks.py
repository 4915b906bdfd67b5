"""MSCONS: whether the values of a message agree with each other.

Source: edifact.md 5.2, 5.3 and 5.6.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.formats.edifact.mscons_values import role_of
from meter_sign.obis import RegisterKind
from meter_sign.quantity import EXACT, difference, energy_kwh, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from meter_sign.formats.edifact.mscons_walk import Measured, Meter, Series

#: What rounding may add up to in each interval of a profile, in kWh.
_LEEWAY = Decimal("0.001")


def check_values(points: Mapping[Series, Sequence[Measured]], profiles: Mapping[Series, Sequence[Measured]]) -> None:
    """Check each register, each profile, and the registers against the profiles of their meter.

    Args:
        points: readings of each register, sorted by time.
        profiles: intervals of each register, sorted by begin.

    Raises:
        ContentError: DUPLICATE_LIN, INTERVAL_OVERLAP, INTERVAL_GAP, ENERGY_NEGATIVE, REGISTER_PROFILE_MISMATCH; the
            first that is found.
    """
    for series, values in points.items():
        _check_register(series, values)
    for series, values in profiles.items():
        _check_profile(series, values)
    _compare(points, profiles)


def _check_register(series: Series, values: Sequence[Measured]) -> None:
    never_back = role_of(series.register).is_running_total
    for before, after in pairwise(values):
        if before.at.at == after.at.at:
            raise _objection(Code.DUPLICATE_LIN, f"{series.register} is stated twice for one instant", after)
        if never_back and _energy(after) < _energy(before):
            raise _objection(Code.ENERGY_NEGATIVE, f"{series.register} ends below its begin", after)


def _check_profile(series: Series, values: Sequence[Measured]) -> None:
    for before, after in pairwise(values):
        if before.ends is not None and after.at.at != before.ends.at:
            overlaps = after.at.at < before.ends.at
            code, what = (Code.INTERVAL_OVERLAP, "overlap") if overlaps else (Code.INTERVAL_GAP, "leave a gap")
            raise _objection(code, f"two intervals of {series.register} {what}", after)
    if role_of(series.register).is_one_way:
        for value in values:
            if value.value < 0:
                raise _objection(Code.ENERGY_NEGATIVE, f"an interval of {series.register} is below zero", value)


def _compare(points: Mapping[Series, Sequence[Measured]], profiles: Mapping[Series, Sequence[Measured]]) -> None:
    """A register and a profile of one import, in one session, are of the same energy, whatever spans they state."""
    counted: dict[tuple[Meter, str | None], list[tuple[Decimal, str]]] = {}
    for (meter, session, register), values in points.items():
        if len(values) > 1 and register is not None and register.kind is RegisterKind.IMPORT:
            energy = difference(_energy(values[-1]), _energy(values[0]))
            counted.setdefault((meter, session), []).append((energy, register.text))
    # Who agrees with the least and the most agrees with all: a message may name as many registers as it has room for.
    extremes = {whose: (min(energies), max(energies)) for whose, energies in counted.items()}
    for (meter, session, register), intervals in profiles.items():
        if (meter, session) in extremes and role_of(register).is_import_profile:
            summed, leeway = total(map(_energy, intervals)), EXACT.multiply(_LEEWAY, Decimal(len(intervals)))
            for energy, name in extremes[meter, session]:
                if EXACT.abs(EXACT.subtract(energy, summed)) > leeway:
                    detail = f"{name} counted {energy:f} kWh, and {register} sums up to {summed:f} kWh"
                    raise _objection(Code.REGISTER_PROFILE_MISMATCH, detail, intervals[0])


def _energy(value: Measured) -> Decimal:
    # Registers that only count up are active energy, and units that are none were refused.
    return energy_kwh(value.value, value.unit) or Decimal(0)


def _objection(code: Code, detail: str, value: Measured) -> ContentError:
    return ContentError(code, detail, where=f"byte {value.offset}")
