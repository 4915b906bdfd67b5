"""Price a session: periods and a tariff in, an exact breakdown and rounded totals out.

The procedure, once per session:

1. Compile the tariff: per dimension the candidates, in the order of the elements.
2. One pass over the periods: per dimension the first candidate that applies (here: the first one, since an element
   has no restrictions yet). No candidate: no cost. FLAT is charged once, in the first period.
3. step_size, once for ENERGY and once for TIME and PARKING_TIME together: round the session's total up and bill the
   surplus in the last priced period, at that period's price and with that period's step. If both TIME and
   PARKING_TIME were priced, only the parking duration is rounded.
4. Amounts, exact, VAT by component.
5. Totals: sums of exact amounts, each rounded once.

Step numbers are repeated in the code. Only a quantity that has a price counts for step_size (ocpi#546).

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tariffs (TariffElement, PriceComponent), mod_cdrs (step_size).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, Inexact, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Generic, TypeVar

from cdr_service.domain.errors import PricingError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import (
    EXACT_OR_RAISE,
    SECONDS_PER_HOUR,
    Amount,
    Price,
    RoundingPolicy,
    divide,
)
from cdr_service.domain.tariff import PriceComponent, Tariff, TariffDimensionType
from meter_sign import Activity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdr_service.domain.segmentation import MeteredPeriod

#: More periods than any session has; a border against work without end.
MAX_PERIODS = 10_000
#: More elements than any lawful tariff has.
MAX_ELEMENTS = 500

#: Decimals of a quantity in hours where it is only shown (contracts.md, section 2); amounts never use it.
SHOWN_HOUR_DECIMALS = 12

_WH_PER_KWH_EXPONENT = 3

MoneyT = TypeVar("MoneyT", Amount, Price)


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnitRule:
    """How a dimension's base quantity is shown, stepped and priced."""

    unit: str
    #: Whether the base quantity is whole seconds and shown in hours.
    in_seconds: bool
    #: Factor from the base quantity to 3600ths of the unit of the price.
    to_3600ths: Decimal
    #: Power of ten from the base quantity to the unit of step_size.
    step_exponent: int = 0


_UNITS: Mapping[TariffDimensionType, _UnitRule] = {
    TariffDimensionType.FLAT: _UnitRule(unit="1", in_seconds=False, to_3600ths=SECONDS_PER_HOUR),
    TariffDimensionType.ENERGY: _UnitRule(
        unit="kWh", in_seconds=False, to_3600ths=SECONDS_PER_HOUR, step_exponent=_WH_PER_KWH_EXPONENT
    ),
    TariffDimensionType.TIME: _UnitRule(unit="h", in_seconds=True, to_3600ths=Decimal(1)),
    TariffDimensionType.PARKING_TIME: _UnitRule(unit="h", in_seconds=True, to_3600ths=Decimal(1)),
}

_TIME_DIMENSION = {
    Activity.CHARGING: TariffDimensionType.TIME,
    Activity.PARKING: TariffDimensionType.PARKING_TIME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What one component charges in one period, with the reason why it was that component."""

    #: Index of the period.
    period: int
    dimension: TariffDimensionType
    #: Index of the element in the tariff, and of the component in the element.
    element: int
    component: int
    #: Exact, in the base unit: kWh (ENERGY), whole seconds (TIME, PARKING_TIME), 1 (FLAT).
    measured: Decimal
    #: The same with the surplus of step_size, where this line bears it.
    billed: Decimal
    unit_price: Decimal
    vat: Decimal | None
    amount: Amount

    @property
    def unit(self) -> str:
        """The unit of the price: kWh, h, or 1."""
        return _UNITS[self.dimension].unit

    @property
    def quantity(self) -> Decimal:
        """The measured quantity in `unit`; hours with 12 decimals, half up, for show only."""
        return _shown(self.measured, self.dimension)

    @property
    def billed_quantity(self) -> Decimal:
        """The billed quantity in `unit`; hours with 12 decimals, half up, for show only."""
        return _shown(self.billed, self.dimension)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals(Generic[MoneyT]):
    """The totals of a CDR, exact (`Amount`) or rounded (`Price`), under OCPI's names."""

    total_cost: MoneyT
    total_fixed_cost: MoneyT
    total_energy_cost: MoneyT
    total_time_cost: MoneyT
    total_parking_cost: MoneyT


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSession:
    """A priced session: the sum of the lines' amounts is exactly `exact.total_cost`."""

    lines: tuple[CostLine, ...]
    exact: Totals[Amount]
    #: Each total rounded once; `total_cost` is the rounded exact sum, not the sum of rounded totals.
    rounded: Totals[Price]
    policy: RoundingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A component that may price a dimension, with its place in the tariff."""

    element: int
    index: int
    component: PriceComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A quantity of one period that has found its component."""

    period: int
    candidate: _Candidate
    #: In the base unit of the dimension.
    quantity: Decimal


_CompiledTariff = dict[TariffDimensionType, tuple[_Candidate, ...]]


def price(periods: Sequence[MeteredPeriod], tariff: Tariff, policy: RoundingPolicy) -> PricedSession:
    """Price a session under one tariff.

    Trusted: nothing of the periods but their order; numbers are checked here again.

    Args:
        periods: the metered periods, in order of time.
        tariff: the frozen tariff.
        policy: how totals are rounded.

    Returns:
        The lines and the totals: 20.45 kWh at 0.25 with step_size 100 and VAT 10 after a FLAT of 0.50 with VAT 20
        bills 20.5 kWh, exactly 5.625 without and 6.2375 with VAT.

    Raises:
        PricingError: PERIODS_MISSING, TOO_MANY_PERIODS, ENERGY_NEGATIVE, TIME_NEGATIVE, NUMBER_NOT_FINITE,
            TARIFF_TOO_LARGE, STEP_SIZE_NEGATIVE, or NUMBER_OUT_OF_RANGE (amounts beyond 80 digits).
    """
    _check_periods(periods)
    compiled = _compile(tariff)
    try:
        with localcontext(EXACT_OR_RAISE):
            measured = _measure(periods, compiled)
            lines = _lines(measured, _step_surpluses(measured))
            exact = _exact_totals(lines)
            rounded = _rounded_totals(exact, policy)
    except (Inexact, InvalidOperation) as error:
        raise PricingError(
            GatewayCode.NUMBER_OUT_OF_RANGE, "the quantities and prices have too many digits for an exact amount"
        ) from error
    return PricedSession(lines=lines, exact=exact, rounded=rounded, policy=policy)


def _check_periods(periods: Sequence[MeteredPeriod]) -> None:
    if not periods:
        raise PricingError(GatewayCode.PERIODS_MISSING, "there is no period to price", where="/charging_periods")
    if len(periods) > MAX_PERIODS:
        raise PricingError(GatewayCode.TOO_MANY_PERIODS, f"more than {MAX_PERIODS} periods", where="/charging_periods")
    for index, period in enumerate(periods):
        where = f"/charging_periods/{index}"
        if not period.energy_kwh.is_finite():
            raise PricingError(GatewayCode.NUMBER_NOT_FINITE, "the energy is not a finite number", where=where)
        if period.energy_kwh < 0:
            raise PricingError(GatewayCode.ENERGY_NEGATIVE, f"{period.energy_kwh} kWh", where=where)
        if period.seconds < 0:
            raise PricingError(GatewayCode.TIME_NEGATIVE, f"{period.seconds} s", where=where)


def _compile(tariff: Tariff) -> _CompiledTariff:
    """Step 1: candidates per dimension, in order; of two components of one dimension in an element the first counts."""
    if len(tariff.elements) > MAX_ELEMENTS:
        raise PricingError(GatewayCode.TARIFF_TOO_LARGE, f"more than {MAX_ELEMENTS} elements", where="/elements")
    candidates: defaultdict[TariffDimensionType, list[_Candidate]] = defaultdict(list)
    for element_index, element in enumerate(tariff.elements):
        for index, component in enumerate(element.price_components):
            _check_component(component, where=f"/elements/{element_index}/price_components/{index}")
            candidates[component.type].append(_Candidate(element=element_index, index=index, component=component))
    return {dimension: tuple(found) for dimension, found in candidates.items()}


def _check_component(component: PriceComponent, *, where: str) -> None:
    if not component.price.is_finite() or not (component.vat is None or component.vat.is_finite()):
        raise PricingError(GatewayCode.NUMBER_NOT_FINITE, "price or vat is not a finite number", where=where)
    if component.step_size < 0:
        raise PricingError(
            GatewayCode.STEP_SIZE_NEGATIVE, f"step_size {component.step_size}", where=f"{where}/step_size"
        )


def _measure(periods: Sequence[MeteredPeriod], compiled: _CompiledTariff) -> list[_Measured]:
    """Step 2: one pass over the periods; a quantity without component, or of nothing, makes no line."""
    measured = [
        _Measured(period=0, candidate=candidate, quantity=Decimal(1))
        for candidate in compiled.get(TariffDimensionType.FLAT, ())[:1]
    ]
    for index, period in enumerate(periods):
        consumed = (
            (TariffDimensionType.ENERGY, period.energy_kwh),
            (_TIME_DIMENSION[period.activity], Decimal(period.seconds)),
        )
        measured.extend(
            _Measured(period=index, candidate=candidate, quantity=quantity)
            for dimension, quantity in consumed
            if quantity
            for candidate in compiled.get(dimension, ())[:1]
        )
    return measured


def _step_surpluses(measured: Sequence[_Measured]) -> dict[int, Decimal]:
    """Step 3: index of the line that bears a surplus, and the surplus in the base unit."""
    by_dimension: defaultdict[TariffDimensionType, list[int]] = defaultdict(list)
    for index, one in enumerate(measured):
        by_dimension[one.candidate.component.type].append(index)
    energy = by_dimension[TariffDimensionType.ENERGY]
    time = by_dimension[TariffDimensionType.PARKING_TIME] or by_dimension[TariffDimensionType.TIME]
    return {lines[-1]: _surplus([measured[index] for index in lines]) for lines in (energy, time) if lines}


def _surplus(measured: Sequence[_Measured]) -> Decimal:
    component = measured[-1].candidate.component
    if component.step_size == 0:
        return Decimal(0)
    exponent = _UNITS[component.type].step_exponent
    total = sum((one.quantity for one in measured), Decimal(0)).scaleb(exponent)
    beyond = total % component.step_size
    return (component.step_size - beyond).scaleb(-exponent) if beyond else Decimal(0)


def _lines(measured: Sequence[_Measured], surpluses: Mapping[int, Decimal]) -> tuple[CostLine, ...]:
    """Step 4: exact amounts."""
    return tuple(_line(one, surpluses.get(index, Decimal(0))) for index, one in enumerate(measured))


def _line(one: _Measured, surplus: Decimal) -> CostLine:
    component = one.candidate.component
    billed = one.quantity + surplus
    quantity_3600 = billed * _UNITS[component.type].to_3600ths
    return CostLine(
        period=one.period,
        dimension=component.type,
        element=one.candidate.element,
        component=one.candidate.index,
        measured=one.quantity,
        billed=billed,
        unit_price=component.price,
        vat=component.vat,
        amount=Amount.of(quantity_3600, unit_price=component.price, vat=component.vat),
    )


def _exact_totals(lines: Iterable[CostLine]) -> Totals[Amount]:
    """Step 5, the sums: by dimension, and of all."""
    amounts: defaultdict[TariffDimensionType, list[Amount]] = defaultdict(list)
    for line in lines:
        amounts[line.dimension].append(line.amount)
    by_dimension = {dimension: Amount.total(amounts[dimension]) for dimension in TariffDimensionType}
    return Totals(
        total_cost=Amount.total(by_dimension.values()),
        total_fixed_cost=by_dimension[TariffDimensionType.FLAT],
        total_energy_cost=by_dimension[TariffDimensionType.ENERGY],
        total_time_cost=by_dimension[TariffDimensionType.TIME],
        total_parking_cost=by_dimension[TariffDimensionType.PARKING_TIME],
    )


def _rounded_totals(exact: Totals[Amount], policy: RoundingPolicy) -> Totals[Price]:
    """Step 5, the rounding: once per total."""
    return Totals(
        total_cost=exact.total_cost.rounded(policy),
        total_fixed_cost=exact.total_fixed_cost.rounded(policy),
        total_energy_cost=exact.total_energy_cost.rounded(policy),
        total_time_cost=exact.total_time_cost.rounded(policy),
        total_parking_cost=exact.total_parking_cost.rounded(policy),
    )


def _shown(quantity: Decimal, dimension: TariffDimensionType) -> Decimal:
    if not _UNITS[dimension].in_seconds:
        return quantity
    return divide(quantity, SECONDS_PER_HOUR, digits=SHOWN_HOUR_DECIMALS)
