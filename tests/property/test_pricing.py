"""Prices against an implementation written apart, and against themselves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from cdr_service.domain.money import AMOUNT_DENOMINATOR, Amount, RoundingPolicy
from cdr_service.domain.pricing import Totals, price
from cdr_service.domain.reconcile import reconcile
from cdr_service.domain.segmentation import MeteredPeriod, segment
from cdr_service.domain.tariff import PriceComponent, Tariff, TariffDimensionType
from tests.support.domain import POLICY, START, billed_session, evidence_period, metered, tariff_of_elements
from tests.support.reference_pricing import reference_totals

COMPONENTS = st.builds(
    PriceComponent,
    type=st.sampled_from(TariffDimensionType),
    price=st.decimals(min_value=-1, max_value=100, places=4),
    vat=st.none() | st.decimals(min_value=0, max_value=100, places=2),
    step_size=st.sampled_from([0, 1, 2, 60, 100, 300, 500, 900, 3600, 7919]),
)
ELEMENTS = st.lists(COMPONENTS, min_size=1, max_size=4).map(tuple)
TARIFFS = st.lists(ELEMENTS, min_size=1, max_size=4).map(lambda elements: tariff_of_elements(*elements))
PERIODS = st.lists(
    st.builds(
        lambda seconds, energy, parking: metered(seconds, str(energy), parking=parking),
        st.integers(0, 90_000),
        st.decimals(min_value=0, max_value=200, places=4),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def exact(amount: Amount) -> tuple[Fraction, Fraction]:
    """An amount as fractions."""
    denominator = Fraction(AMOUNT_DENOMINATOR)
    return Fraction(amount.excl_vat) / denominator, Fraction(amount.incl_vat) / denominator


def by_part(totals: Totals[Amount]) -> dict[str, tuple[Fraction, Fraction]]:
    """Exact totals under the reference's names."""
    return {
        "fixed": exact(totals.total_fixed_cost),
        "energy": exact(totals.total_energy_cost),
        "time": exact(totals.total_time_cost),
        "parking": exact(totals.total_parking_cost),
        "total": exact(totals.total_cost),
    }


@given(PERIODS, TARIFFS)
def test_engine_agrees_with_the_reference(periods: list[MeteredPeriod], under: Tariff) -> None:
    """Every total, with and without VAT, is exactly the one of an implementation in fractions."""
    assert reference_totals(periods, under) == by_part(price(periods, under, POLICY).exact)


@given(PERIODS, TARIFFS)
def test_lines_add_up_exactly(periods: list[MeteredPeriod], under: Tariff) -> None:
    """The sum of the lines is the total, to the last digit, and no line bills less than was measured."""
    priced = price(periods, under, POLICY)
    assert priced.exact.total_cost == Amount.total(line.amount for line in priced.lines)
    assert all(line.billed >= line.measured for line in priced.lines)


@given(PERIODS, TARIFFS, st.integers(0, 4))
def test_total_is_rounded_once(periods: list[MeteredPeriod], under: Tariff, digits: int) -> None:
    """A rounded total is never further from the exact one than half its last digit."""
    priced = price(periods, under, RoundingPolicy(digits=digits))
    exact_excl, exact_incl = exact(priced.exact.total_cost)
    rounded = priced.rounded.total_cost
    half = Fraction(1, 2 * 10**digits)
    assert abs(Fraction(rounded.excl_vat) - exact_excl) <= half
    assert abs(Fraction(rounded.incl_vat or 0) - exact_incl) <= half


@given(PERIODS, TARIFFS)
def test_splitting_a_period_changes_no_total(periods: list[MeteredPeriod], under: Tariff) -> None:
    """A signed intermediate reading cuts a period in two, and the price stays the same."""
    first, *rest = periods
    halves = [
        metered(first.seconds // 2, str(first.energy_kwh), parking=first.activity == "parking"),
        metered(first.seconds - first.seconds // 2, 0, parking=first.activity == "parking"),
    ]
    assert price(periods, under, POLICY).exact == price([*halves, *rest], under, POLICY).exact


@given(TARIFFS)
def test_assembled_cdr_always_reconciles(under: Tariff) -> None:
    """Whatever the tariff, the CDR that is assembled is the one that is recomputed from its own wire quantities."""
    billed = billed_session(under)
    assert billed.cdr == reconcile(billed.cdr, billed.evidence, POLICY).cdr


@given(st.lists(st.integers(1, 5), min_size=1, max_size=40))
def test_short_periods_are_billed_by_the_second(lengths: list[int]) -> None:
    """Many periods of a few seconds cost what their seconds cost: nothing drifts with the 4-decimal hours."""
    starts_at, periods = START, []
    for length in lengths:
        periods.append(evidence_period(starts_at, length, "0"))
        starts_at += timedelta(seconds=length)
    component = PriceComponent(type=TariffDimensionType.TIME, price=Decimal(3600), vat=None, step_size=1)
    priced = price(segment(periods).periods, tariff_of_elements((component,)), POLICY)
    assert Decimal(sum(lengths)) == priced.rounded.total_cost.excl_vat
