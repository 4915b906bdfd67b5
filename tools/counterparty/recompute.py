"""The eMSP's own pricing of a CDR, in exact rationals, written apart from the gateway's.

Priced: FLAT, ENERGY, TIME and PARKING_TIME of tariffs without restrictions and limits.

1. Each period is priced by the tariff it names; per dimension the first element with such a component counts.
2. Hours are snapped to whole seconds first: 4 decimals of an hour always recover the second, and 0.1667 h are 600 s,
   not 600.12 s, which a step of 300 s would turn into 900.
3. FLAT counts once a session.
4. step_size rounds up once a session: the energy; and the parking time when any is billed, else the charging time.
   The surplus is billed at the last such component, with its step.
5. VAT is added line by line, unrounded; a component without `vat` has none.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs "step_size", mod_tariffs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.counterparty.wire import Json

#: What the totals of a CDR are made of.
DIMENSION_TOTALS = {
    "FLAT": "total_fixed_cost",
    "ENERGY": "total_energy_cost",
    "TIME": "total_time_cost",
    "PARKING_TIME": "total_parking_cost",
}
#: All totals that are compared; a reservation is never priced here, so its cost must be zero.
TOTALS = ("total_cost", *DIMENSION_TOTALS.values(), "total_reservation_cost")

#: Quantity units in one unit of step_size: 1000 Wh in a kWh, seconds are seconds.
_STEPS_PER_UNIT = {"ENERGY": 1000, "TIME": 1, "PARKING_TIME": 1}
#: Quantity units in one unit of price: a price of time is per hour.
_UNITS_PER_PRICE = {"ENERGY": 1, "TIME": 3600, "PARKING_TIME": 3600, "FLAT": 1}

_CENT = Fraction(1, 100)
_FOURTH_DECIMAL = Fraction(1, 10_000)


class UnpriceableError(Exception):
    """The CDR says too little, or a tariff says more than this eMSP prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One billed quantity: kWh (ENERGY), seconds (TIME, PARKING_TIME) or 1 (FLAT)."""

    period: int
    dimension: str
    tariff_id: str
    measured: Fraction
    billed: Fraction
    price: Fraction
    vat: Fraction | None
    step_size: int

    @property
    def excl_vat(self) -> Fraction:
        """Amount without VAT, exact."""
        return self.billed * self.price / _UNITS_PER_PRICE[self.dimension]

    @property
    def incl_vat(self) -> Fraction:
        """Amount with VAT, exact; without a rate it is the amount without VAT."""
        return self.excl_vat * (1 + (self.vat or Fraction(0)) / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A total of the CDR that is not what the eMSP computes."""

    field: str
    claimed: Fraction
    computed: Fraction
    #: Whether it agrees at least to the cent.
    to_the_cent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputation:
    """What the eMSP would pay, and where the CDR says something else."""

    lines: tuple[Line, ...]
    #: Exact totals by field: (without VAT, with VAT).
    totals: dict[str, tuple[Fraction, Fraction]]
    differences: tuple[Difference, ...]

    def for_book(self) -> Json:
        """The result as the book shows it: amounts are strings with up to 12 decimals, exact where they end."""
        return {
            "verdict": "mismatch" if self.differences else "equal",
            "computed": {
                name: {"excl_vat": show(excl), "incl_vat": show(incl)} for name, (excl, incl) in self.totals.items()
            },
            "differences": [
                {
                    "field": one.field,
                    "claimed": show(one.claimed),
                    "computed": show(one.computed),
                    "to_the_cent": one.to_the_cent,
                }
                for one in self.differences
            ],
            "lines": [_line_for_book(line) for line in self.lines],
        }


def _line_for_book(line: Line) -> Json:
    return {
        "period": line.period,
        "dimension": line.dimension,
        "tariff_id": line.tariff_id,
        "quantity": show(line.measured),
        "billed_quantity": show(line.billed),
        "unit_price": show(line.price),
        "vat": None if line.vat is None else show(line.vat),
        "excl_vat": show(line.excl_vat),
    }


def show(amount: Fraction, decimals: int = 12) -> str:
    """Print a number with at most `decimals` decimals, half away from zero, without trailing zeros."""
    scaled = rounded(amount, decimals) * 10**decimals
    text = format(Decimal(int(scaled)).scaleb(-decimals), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def rounded(amount: Fraction, decimals: int) -> Fraction:
    """Round half away from zero: 0.03125 to 4 decimals is 0.0313."""
    units = (abs(amount) * 10**decimals + Fraction(1, 2)) // 1
    return Fraction(-units if amount < 0 else units, 10**decimals)


def whole_seconds(hours: Decimal | int) -> int:
    """Snap hours with 4 decimals to the second they were made of: 0.1667 h are 600 s."""
    return int(rounded(Fraction(hours) * 3600, 0))


def recompute(cdr: Json) -> Recomputation:
    """Price a CDR that has passed the schema, and compare every total it claims.

    Args:
        cdr: the CDR object, numbers as Decimal or int.

    Returns:
        Exact totals and the differences: a claimed total may be off by half a unit of the fourth decimal, no more.

    Raises:
        UnpriceableError: no tariff, an unknown one, restrictions, or price limits.
    """
    lines = price(cdr)
    totals = _totals(lines)
    sign = -1 if cdr.get("credit") else 1  # a credit CDR negates total_cost and nothing else
    excl, incl = totals["total_cost"]
    totals["total_cost"] = (sign * excl, sign * incl)
    return Recomputation(lines=lines, totals=totals, differences=_differences(cdr, totals))


def price(cdr: Json) -> tuple[Line, ...]:
    """Bill every period by the tariff it names, FLAT once, then step_size once a session."""
    tariffs = {tariff["id"].upper(): tariff for tariff in cdr.get("tariffs") or []}
    lines: list[Line] = []
    for index, period in enumerate(cdr["charging_periods"]):
        tariff = _tariff_of(period, tariffs)
        if all(line.dimension != "FLAT" for line in lines):
            lines += _line(index, "FLAT", Fraction(1), tariff)
        for dimension in period["dimensions"]:
            lines += _line(index, dimension["type"], quantity(dimension), tariff)
    return _stepped(tuple(lines))


def quantity(dimension: Json) -> Fraction:
    """A dimension's volume: kWh as written, hours as whole seconds."""
    if dimension["type"] in {"TIME", "PARKING_TIME"}:
        return Fraction(whole_seconds(dimension["volume"]))
    return Fraction(dimension["volume"])


def _tariff_of(period: Json, tariffs: dict[str, Json]) -> Json:
    name = period.get("tariff_id")
    tariff = tariffs.get(name.upper()) if name else None
    if tariff is None:
        raise UnpriceableError(f"period {period['start_date_time']} names no tariff of this CDR (tariff_id {name!r})")
    if tariff.get("min_price") or tariff.get("max_price"):
        raise UnpriceableError(f"tariff {name} has price limits")
    if any(element.get("restrictions") for element in tariff["elements"]):
        raise UnpriceableError(f"tariff {name} has restrictions")
    return tariff


def _line(period: int, dimension: str, measured: Fraction, tariff: Json) -> list[Line]:
    found = [
        part for element in tariff["elements"] for part in element["price_components"] if part["type"] == dimension
    ]
    if not found:
        return []
    component, vat = found[0], found[0].get("vat")
    return [
        Line(
            period=period,
            dimension=dimension,
            tariff_id=tariff["id"],
            measured=measured,
            billed=measured,
            price=Fraction(component["price"]),
            vat=None if vat is None else Fraction(vat),
            step_size=component["step_size"],
        )
    ]


def _stepped(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    parked = any(line.dimension == "PARKING_TIME" and line.measured > 0 for line in lines)
    for dimension in ("ENERGY", "PARKING_TIME" if parked else "TIME"):
        lines = _round_up(lines, dimension)
    return lines


def _round_up(lines: tuple[Line, ...], dimension: str) -> tuple[Line, ...]:
    billed = [index for index, line in enumerate(lines) if line.dimension == dimension and line.measured > 0]
    if not billed or lines[billed[-1]].step_size == 0:
        return lines
    last = lines[billed[-1]]
    step = Fraction(last.step_size, _STEPS_PER_UNIT[dimension])
    total = sum((lines[index].measured for index in billed), Fraction(0))
    surplus = -(-total // step) * step - total
    changed = replace(last, billed=last.measured + surplus)
    return (*lines[: billed[-1]], changed, *lines[billed[-1] + 1 :])


def _totals(lines: tuple[Line, ...]) -> dict[str, tuple[Fraction, Fraction]]:
    zero = Fraction(0)
    totals = dict.fromkeys(TOTALS, (zero, zero))
    for line in lines:
        for name in ("total_cost", DIMENSION_TOTALS[line.dimension]):
            excl, incl = totals[name]
            totals[name] = (excl + line.excl_vat, incl + line.incl_vat)
    return totals


def _differences(cdr: Json, totals: dict[str, tuple[Fraction, Fraction]]) -> tuple[Difference, ...]:
    found = []
    for name, exact in totals.items():
        for part, computed in zip(("excl_vat", "incl_vat"), exact, strict=True):
            claimed = (cdr.get(name) or {}).get(part)
            if claimed is None:
                continue
            off = abs(Fraction(claimed) - computed)
            if off > _FOURTH_DECIMAL / 2:
                found.append(
                    Difference(
                        field=f"{name}.{part}",
                        claimed=Fraction(claimed),
                        computed=computed,
                        to_the_cent=off <= _CENT / 2,
                    )
                )
    return tuple(found)
