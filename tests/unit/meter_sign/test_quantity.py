"""Units, powers of ten, and the one division."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, DivisionByZero

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.quantity import Unit, divide, dlms_unit, energy_kwh, scaled

CONVERTED = [
    ("100000", Unit.WH, "100.000"),
    ("100.0", Unit.KWH, "100.0"),
    ("1709.539307", Unit.WH, "1.709539307"),
    ("0", Unit.WH, "0.000"),
    ("-1", Unit.WH, "-0.001"),
    ("123456789012345678901234567890", Unit.WH, "123456789012345678901234567.890"),
]


@pytest.mark.parametrize(("value", "unit", "expected"), CONVERTED)
def test_energy_is_converted_exactly(value: str, unit: Unit, expected: str) -> None:
    """No digit is lost or added, also beyond the 28 digits of the default context."""
    assert expected == str(energy_kwh(Decimal(value), unit))


@pytest.mark.parametrize("unit", [Unit.SECONDS, Unit.MILLIOHM, Unit.MICROOHM, Unit.OTHER])
def test_other_units_are_no_energy(unit: Unit) -> None:
    """19 seconds are not 19 kWh."""
    assert energy_kwh(Decimal(19), unit) is None


def test_every_unit_is_energy_or_is_not() -> None:
    """A new unit must be decided on: it appears here or among the others."""
    assert {Unit.KWH, Unit.WH, Unit.MWH} == {unit for unit in Unit if energy_kwh(Decimal(1), unit) is not None}


DIVIDED = [
    ("2700", "3600", 4, "0.7500"),
    ("1", "3", 4, "0.3333"),
    ("2", "3", 4, "0.6667"),
    ("1", "2", 0, "1"),
    ("-1", "2", 0, "-1"),
    ("0", "7", 2, "0.00"),
]


@pytest.mark.parametrize(("numerator", "denominator", "digits", "expected"), DIVIDED)
def test_division_rounds_once_and_half_up(numerator: str, denominator: str, digits: int, expected: str) -> None:
    """The quotient has the digits that were asked for."""
    assert expected == str(divide(Decimal(numerator), Decimal(denominator), digits=digits))


@pytest.mark.parametrize(("mode", "expected"), [(ROUND_HALF_EVEN, "2"), (ROUND_DOWN, "2")])
def test_division_rounds_as_it_is_told(mode: str, expected: str) -> None:
    """5 by 2 is 3 rounded half up, and 2 in these modes."""
    assert expected == str(divide(Decimal(5), Decimal(2), digits=0, mode=mode))


def test_division_by_zero_raises() -> None:
    """A programming mistake, never an infinity."""
    with pytest.raises(DivisionByZero):
        divide(Decimal(1), Decimal(0), digits=2)


@pytest.mark.parametrize(
    ("value", "scaler", "expected"),
    [(3_275, -1, "327.5"), (0, -1, "0.0"), (5, 3, "5000"), (7, 0, "7"), (2**63 - 1, -12, "9223372.036854775807")],
)
def test_values_are_scaled_exactly(value: int, scaler: int, expected: str) -> None:
    """A power of ten, and no digit lost."""
    assert Decimal(expected) == scaled(value, scaler, DEFAULT_LIMITS, where="")


@pytest.mark.parametrize(("value", "scaler"), [(2**63, -12), (1, -13), (1, 16), (10**15, 1), (1, 127), (1, -128)])
def test_values_beyond_the_caps_are_no_measurement(value: int, scaler: int) -> None:
    """No meter reads so; and from 2^63 on two readers would read two numbers."""
    with pytest.raises(ContentError) as caught:
        scaled(value, scaler, DEFAULT_LIMITS, where="/value")
    assert (Code.NUMBER_OUT_OF_RANGE, "/value") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize(("number", "unit"), [(30, Unit.WH), (27, Unit.OTHER), (0, Unit.OTHER), (255, Unit.OTHER)])
def test_only_watt_hours_are_energy(number: int, unit: Unit) -> None:
    """Unit 30 of the DLMS table, as in the official tool."""
    assert unit is dlms_unit(number)
