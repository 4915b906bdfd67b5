"""Units and the one division."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, DivisionByZero

import pytest

from meter_sign.quantity import Unit, divide, energy_kwh

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
    assert {Unit.KWH, Unit.WH} == {unit for unit in Unit if energy_kwh(Decimal(1), unit) is not None}


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
