"""The same prices, computed another way: fractions, whole session at a time, straight from the specification's text.

Written apart from `cdr_service.domain.pricing` and sharing no code with it; slow on purpose.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdr_service.domain.segmentation import MeteredPeriod
    from cdr_service.domain.tariff import PriceComponent, Tariff

_PARTS = {"FLAT": "fixed", "ENERGY": "energy", "TIME": "time", "PARKING_TIME": "parking"}


def reference_totals(periods: Sequence[MeteredPeriod], tariff: Tariff) -> dict[str, tuple[Fraction, Fraction]]:
    """Exact (excl, incl) of fixed, energy, time, parking and total."""
    used = {
        "FLAT": Fraction(1),
        # In Wh, as step_size counts it.
        "ENERGY": sum((Fraction(period.energy_kwh) * 1000 for period in periods), Fraction(0)),
        "TIME": Fraction(sum(period.seconds for period in periods if period.activity == "charging")),
        "PARKING_TIME": Fraction(sum(period.seconds for period in periods if period.activity == "parking")),
    }
    components = {dimension: _component(tariff, dimension) for dimension in used}
    parking_is_priced = components["PARKING_TIME"] is not None and used["PARKING_TIME"] > 0
    totals = {}
    for dimension, quantity in used.items():
        component = components[dimension]
        rounds = dimension != "FLAT" and not (dimension == "TIME" and parking_is_priced)
        totals[_PARTS[dimension]] = _cost(component, quantity, dimension, rounds=rounds)
    totals["total"] = (
        sum((excl for excl, _ in totals.values()), Fraction(0)),
        sum((incl for _, incl in totals.values()), Fraction(0)),
    )
    return totals


def _component(tariff: Tariff, dimension: str) -> PriceComponent | None:
    found = [one for element in tariff.elements for one in element.price_components if one.type == dimension]
    return found[0] if found else None


def _cost(
    component: PriceComponent | None, quantity: Fraction, dimension: str, *, rounds: bool
) -> tuple[Fraction, Fraction]:
    if component is None:
        return Fraction(0), Fraction(0)
    if rounds and component.step_size:
        quantity = Fraction(ceil(quantity / component.step_size) * component.step_size)
    units = quantity / {"FLAT": 1, "ENERGY": 1000, "TIME": 3600, "PARKING_TIME": 3600}[dimension]
    excl = units * Fraction(component.price)
    return excl, excl * (1 + Fraction(component.vat or 0) / 100)
