"""Prices: the worked examples of OCPI, step_size, VAT, rounding, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.errors import PricingError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import AMOUNT_DENOMINATOR, Amount, RoundingPolicy
from cdr_service.domain.pricing import price
from cdr_service.domain.tariff import TariffDimensionType
from tests.support.domain import POLICY, component, metered, tariff, tariff_of_elements

if TYPE_CHECKING:
    from cdr_service.domain.segmentation import MeteredPeriod
    from cdr_service.domain.tariff import Tariff

MINUTE = 60
ENERGY_25 = component("ENERGY", "0.25", vat=10)
FLAT_50 = component("FLAT", "0.50", vat=20)
E7 = tariff(component("TIME", 3, vat=10, step_size=60), component("PARKING_TIME", 5, vat=20, step_size=300))
C4 = tariff(component("TIME", 1, step_size=600), component("PARKING_TIME", 2, step_size=600))
C5 = tariff(component("TIME", 2, vat=10, step_size=300))
WH_115_2 = (metered(300, "0.1152"),)


def parking(seconds: int) -> MeteredPeriod:
    """A parking period."""
    return metered(seconds, parking=True)


def exactly(amount: str) -> Decimal:
    """An amount as the numerator it must have."""
    return Decimal(amount) * AMOUNT_DENOMINATOR


EXAMPLES = [
    pytest.param("5", "5.5", tariff(ENERGY_25), [metered(3600, 20)], id="E1 energy"),
    pytest.param("5.5", "6.1", tariff(FLAT_50, ENERGY_25), [metered(3600, 20)], id="E2 start fee"),
    pytest.param(
        "7",
        "7.9",
        tariff(FLAT_50, ENERGY_25, component("PARKING_TIME", 2, vat=20, step_size=900)),
        [metered(3600, 20), parking(40 * MINUTE)],
        id="E4 parking in quarters of an hour",
    ),
    pytest.param("5", "5.5", tariff(component("TIME", 2, vat=10, step_size=60)), [metered(9000)], id="E6 time"),
    pytest.param("11.25", "12.75", E7, [metered(150 * MINUTE), parking(42 * MINUTE)], id="E7 time and parking"),
    pytest.param(
        "4.75", "4.997", tariff(component("TIME", "1.90", vat="5.2", step_size=300)), [metered(9000)], id="E8 odd VAT"
    ),
    pytest.param(
        "5.625",
        "6.2375",
        tariff(FLAT_50, component("ENERGY", "0.25", vat=10, step_size=100)),
        [metered(3600, "20.45")],
        id="E9 energy in tenths of a kWh",
    ),
    pytest.param("0", "0", tariff(component("FLAT", 0, step_size=0)), [metered(3600, 20)], id="E11 free of charge"),
    pytest.param("0.029", "0.029", tariff(component("ENERGY", "0.25")), WH_115_2, id="E16 step of 1 Wh"),
    pytest.param(
        "0.03125", "0.03125", tariff(component("ENERGY", "0.25", step_size=25)), WH_115_2, id="E17 step of 25 Wh"
    ),
    pytest.param(
        "0.125", "0.125", tariff(component("ENERGY", "0.25", step_size=500)), WH_115_2, id="E18 step of 500 Wh"
    ),
    pytest.param(
        "0.82",
        "0.82",
        tariff(component("TIME", "1.20", step_size=300), component("PARKING_TIME", "2.40", step_size=300)),
        [metered(21 * MINUTE), parking(7 * MINUTE)],
        id="C1 only the parking is rounded, 7 to 10 minutes",
    ),
    # 1.973 h are 7102.8 s; the example's own instants, 21:39:09 to 23:37:32, are 7103 s.
    pytest.param("4", "4.4", C5, [metered(7103)], id="C5 the example CDR"),
]


@pytest.mark.parametrize(("excl_vat", "incl_vat", "under", "periods"), EXAMPLES)
def test_worked_examples(excl_vat: str, incl_vat: str, under: Tariff, periods: list[MeteredPeriod]) -> None:
    """A worked example of the specification gives exactly its own figure."""
    total = price(periods, under, POLICY).exact.total_cost
    assert (exactly(excl_vat), exactly(incl_vat)) == (total.excl_vat, total.incl_vat)


def test_c4_thirds_stay_exact() -> None:
    """C4: 21 min at 1.00 and 16 -> 20 min at 2.00 are 61/60; rounded once, 1.0167."""
    priced = price([metered(21 * MINUTE), parking(16 * MINUTE)], C4, POLICY)
    assert Decimal(366000) == priced.exact.total_cost.excl_vat
    assert Decimal("1.0167") == priced.rounded.total_cost.excl_vat


def test_totals_by_dimension() -> None:
    """E4 by dimension: 0.50 fixed, 5.00 energy, no time, 1.50 parking; each with its own VAT."""
    under = tariff(FLAT_50, ENERGY_25, component("PARKING_TIME", 2, vat=20, step_size=900))
    totals = price([metered(3600, 20), parking(2400)], under, POLICY).rounded
    assert [("0.5000", "0.6000"), ("5.0000", "5.5000"), ("0.0000", "0.0000"), ("1.5000", "1.8000")] == [
        (str(total.excl_vat), str(total.incl_vat))
        for total in (
            totals.total_fixed_cost,
            totals.total_energy_cost,
            totals.total_time_cost,
            totals.total_parking_cost,
        )
    ]


def test_total_is_the_rounded_sum() -> None:
    """0.004 energy and 0.004 fixed are 0.00 each in cents, and 0.01 together."""
    under = tariff(component("FLAT", "0.004"), component("ENERGY", "0.004"))
    rounded = price([metered(3600, 1)], under, RoundingPolicy(digits=2)).rounded
    assert (Decimal("0.00"), Decimal("0.00"), Decimal("0.01")) == (
        rounded.total_fixed_cost.excl_vat,
        rounded.total_energy_cost.excl_vat,
        rounded.total_cost.excl_vat,
    )


def test_flat_is_charged_once() -> None:
    """FLAT is charged once a session, in its first period, however many periods there are."""
    lines = price([metered(60), metered(60), parking(60)], tariff(FLAT_50), POLICY).lines
    assert [(0, TariffDimensionType.FLAT)] == [(line.period, line.dimension) for line in lines]


def test_only_the_first_flat_is_charged() -> None:
    """A tariff with two FLAT components charges the first one only."""
    priced = price([metered(60)], tariff(FLAT_50, component("FLAT", 9)), POLICY)
    assert Decimal("0.5000") == priced.rounded.total_fixed_cost.excl_vat


def test_first_component_of_a_dimension_applies() -> None:
    """Per dimension the first element that has it prices it, and the line says which element and component."""
    under = tariff_of_elements(
        (component("TIME", 1), component("ENERGY", "0.30")), (component("ENERGY", "9.99"), component("FLAT", 1))
    )
    lines = price([metered(3600, 10)], under, POLICY).lines
    assert [("FLAT", 1, 1), ("ENERGY", 0, 1), ("TIME", 0, 0)] == [
        (line.dimension, line.element, line.component) for line in lines
    ]


def test_what_no_component_prices_costs_nothing() -> None:
    """Parking under a tariff that only prices charging is free, and has no line."""
    priced = price([parking(3600)], tariff(component("TIME", 5, step_size=900)), POLICY)
    assert ((), Amount(excl_vat=Decimal(0), incl_vat=Decimal(0))) == (priced.lines, priced.exact.total_cost)


def test_unpriced_parking_does_not_take_the_step() -> None:
    """Only what has a price counts for step_size: with free parking the charging time is rounded up."""
    priced = price([metered(61), parking(600)], tariff(component("TIME", 60, step_size=60)), POLICY)
    assert Decimal("2.0000") == priced.rounded.total_time_cost.excl_vat


def test_surplus_is_borne_by_the_last_priced_period() -> None:
    """28 minutes in two periods with a step of 10 are 30; the 2 minutes stand with the second period."""
    lines = price(
        [metered(6 * MINUTE), metered(22 * MINUTE)], tariff(component("TIME", 5, step_size=600)), POLICY
    ).lines
    assert [(360, 360), (1320, 1440)] == [(int(line.measured), int(line.billed)) for line in lines]


def test_parking_before_charging_still_takes_the_step() -> None:
    """If both kinds of time are priced only the parking is rounded, also when the session ends charging."""
    lines = price([parking(16 * MINUTE), metered(21 * MINUTE)], C4, POLICY).lines
    assert [("PARKING_TIME", 1200), ("TIME", 1260)] == [(line.dimension.value, int(line.billed)) for line in lines]


def test_energy_step_counts_the_whole_session() -> None:
    """4.3 and 1.1 kWh with a step of 500 Wh are 5.5 kWh together, not 4.5 and 1.5."""
    lines = price(
        [metered(600, "4.3"), metered(600, "1.1")], tariff(component("ENERGY", "0.20", step_size=500)), POLICY
    ).lines
    assert [Decimal("4.3"), Decimal("1.2")] == [line.billed for line in lines]


@pytest.mark.parametrize("step_size", [0, 1, 7200])
def test_step_that_fits_adds_nothing(step_size: int) -> None:
    """A step of 0, of 1, or of a divisor of the total bills what was used."""
    priced = price([metered(7200)], tariff(component("TIME", 1, step_size=step_size)), POLICY)
    assert Decimal("2.0000") == priced.rounded.total_cost.excl_vat


def test_step_of_zero_rounds_no_energy() -> None:
    """step_size 0 leaves 115.2 Wh as they are, where 1 would make them 116."""
    (line,) = price(WH_115_2, tariff(component("ENERGY", "0.25", step_size=0)), POLICY).lines
    assert Decimal("0.1152") == line.billed


def test_four_decimal_hours_do_not_bill_another_block() -> None:
    """Ten minutes are 0.1667 h on the wire, 600.12 s by the letter, and still two blocks of 300 s."""
    (line,) = price([metered(600)], tariff(component("TIME", 1, step_size=300)), POLICY).lines
    assert 600 == line.billed


def test_lines_show_units_and_quantities() -> None:
    """A line shows kWh and hours in the unit of its price; hours that do not end have 12 decimals."""
    under = tariff(component("FLAT", 1), component("ENERGY", 1, step_size=0), component("TIME", 1, step_size=1200))
    lines = price([metered(600, "2.5")], under, POLICY).lines
    assert [
        ("1", "1", "1"),
        ("kWh", "2.5", "2.5"),
        ("h", "0.166666666667", "0.333333333333"),
    ] == [(line.unit, str(line.quantity), str(line.billed_quantity)) for line in lines]


def test_lines_carry_price_and_vat() -> None:
    """A line names the price and the VAT that made its amount."""
    (line,) = price([metered(600, 4)], tariff(ENERGY_25), POLICY).lines
    assert (Decimal("0.25"), Decimal(10)) == (line.unit_price, line.vat)
    assert (exactly("1"), exactly("1.1")) == (line.amount.excl_vat, line.amount.incl_vat)


def test_negative_price_is_a_discount() -> None:
    """OCPI does not forbid a negative price; it takes off what it says."""
    priced = price([metered(600, 4)], tariff(component("FLAT", -1), ENERGY_25), POLICY)
    assert Decimal("0.0000") == priced.rounded.total_cost.excl_vat


def test_as_much_as_the_caps_allow_is_priced() -> None:
    """10,000 periods under 500 elements, among them periods of no time, are priced."""
    periods = [metered(0)] * 9_999 + [metered(3600)]
    priced = price(periods, tariff_of_elements(*[(component("TIME", 1),)] * 500), POLICY)
    assert Decimal("1.0000") == priced.rounded.total_cost.excl_vat


HUGE = Decimal("1." + "3" * 60)
REFUSED = [
    pytest.param(GatewayCode.PERIODS_MISSING, "/charging_periods", [], tariff(ENERGY_25), id="no periods"),
    pytest.param(
        GatewayCode.TOO_MANY_PERIODS,
        "/charging_periods",
        [metered(1)] * 10_001,
        tariff(ENERGY_25),
        id="too many periods",
    ),
    pytest.param(
        GatewayCode.ENERGY_NEGATIVE,
        "/charging_periods/1",
        [metered(1), metered(1, "-0.1")],
        tariff(ENERGY_25),
        id="negative energy",
    ),
    pytest.param(
        GatewayCode.TIME_NEGATIVE,
        "/charging_periods/0",
        [replace(metered(1), seconds=-1)],
        tariff(ENERGY_25),
        id="negative time",
    ),
    pytest.param(
        GatewayCode.NUMBER_NOT_FINITE, "/charging_periods/0", [metered(1, "NaN")], tariff(ENERGY_25), id="energy NaN"
    ),
    pytest.param(
        GatewayCode.NUMBER_NOT_FINITE,
        "/elements/0/price_components/1",
        [metered(1)],
        tariff(ENERGY_25, component("TIME", "Infinity")),
        id="price infinite",
    ),
    pytest.param(
        GatewayCode.NUMBER_NOT_FINITE,
        "/elements/0/price_components/0",
        [metered(1)],
        tariff(component("TIME", 1, vat="NaN")),
        id="VAT NaN",
    ),
    pytest.param(
        GatewayCode.STEP_SIZE_NEGATIVE,
        "/elements/0/price_components/0/step_size",
        [metered(1)],
        tariff(component("TIME", 1, step_size=-1)),
        id="negative step",
    ),
    pytest.param(
        GatewayCode.TARIFF_TOO_LARGE,
        "/elements",
        [metered(1)],
        tariff_of_elements(*[(ENERGY_25,)] * 501),
        id="too many elements",
    ),
    pytest.param(
        GatewayCode.NUMBER_OUT_OF_RANGE,
        None,
        [metered(1, str(HUGE))],
        tariff(component("ENERGY", str(HUGE), step_size=0)),
        id="more digits than can be exact",
    ),
    pytest.param(
        GatewayCode.NUMBER_OUT_OF_RANGE,
        None,
        [metered(1, "1E+90")],
        tariff(ENERGY_25),
        id="more digits than can be rounded",
    ),
]


@pytest.mark.parametrize(("code", "where", "periods", "under"), REFUSED)
def test_what_cannot_be_priced_is_refused(
    code: GatewayCode, where: str | None, periods: list[MeteredPeriod], under: Tariff
) -> None:
    """What has no lawful price raises, with its code and its place, and is never priced as something else."""
    with pytest.raises(PricingError) as caught:
        price(periods, under, POLICY)
    assert (code, where) == (caught.value.code, caught.value.where)
