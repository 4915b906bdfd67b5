"""Money: one division, exact amounts, hours and seconds."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, Inexact

import pytest

from cdr_service.domain.money import (
    Amount,
    Price,
    RoundingPolicy,
    divide,
    exact_sum,
    hours_from_seconds,
    seconds_from_hours,
    to_ocpi_number,
)


@pytest.mark.parametrize(
    ("expected", "numerator", "denominator", "digits"),
    [("0.7500", 2700, 3600, 4), ("0.1667", 600, 3600, 4), ("0.0001", 1, 20000, 4), ("1", 1, 2, 0), ("-1", -1, 2, 0)],
)
def test_divide_rounds_half_away_from_zero(expected: str, numerator: int, denominator: int, digits: int) -> None:
    """A quotient is rounded once, half up in size, and printed with the digits that were asked for."""
    assert expected == str(divide(Decimal(numerator), Decimal(denominator), digits=digits))


@pytest.mark.parametrize(
    ("expected", "value"), [("1.0001", "1.00005"), ("1.0000", "1.00004999"), ("0.0000", "0.00004"), ("2.0000", "2")]
)
def test_ocpi_number_has_four_decimals(expected: str, value: str) -> None:
    """A quantity keeps 4 decimals, half up."""
    assert expected == str(to_ocpi_number(Decimal(value)))


def test_hours_of_whole_seconds() -> None:
    """Ten minutes are 0.1667 h on the wire, and 600 s again when read back."""
    assert (Decimal("0.1667"), 600) == (hours_from_seconds(600), seconds_from_hours(Decimal("0.1667")))


def test_amount_keeps_thirds_exact() -> None:
    """40 minutes at 2.00 per hour with 20 % VAT are 4/3 and 8/5 exactly, as numerators over 360000."""
    amount = Amount.of(Decimal(2400), unit_price=Decimal("2.00"), vat=Decimal(20))
    assert (Decimal(480000), Decimal(576000)) == (amount.excl_vat, amount.incl_vat)


def test_no_vat_is_not_added() -> None:
    """Without VAT the amount with VAT equals the amount without, and so it does with a VAT of 0."""
    without = Amount.of(Decimal(3600), unit_price=Decimal(5), vat=None)
    zero = Amount.of(Decimal(3600), unit_price=Decimal(5), vat=Decimal(0))
    assert (without.excl_vat, without) == (without.incl_vat, zero)


def test_sum_of_nothing_is_zero() -> None:
    """No amount at all costs nothing."""
    assert Price(excl_vat=Decimal("0.0000"), incl_vat=Decimal("0.0000")) == Amount.total(()).rounded(RoundingPolicy())


def test_policy_rounds_both_parts() -> None:
    """Digits and mode of the policy apply to the part without and the part with VAT: 4/3 and 8/5, down to cents."""
    amount = Amount(excl_vat=Decimal(480000), incl_vat=Decimal(576000))
    rounded = amount.rounded(RoundingPolicy(digits=2, mode=ROUND_DOWN))
    assert Price(excl_vat=Decimal("1.33"), incl_vat=Decimal("1.60")) == rounded


def test_policy_describes_itself() -> None:
    """The policy says in words what it does."""
    assert RoundingPolicy().describe() == "totals ROUND_HALF_UP to 4 decimals, lines exact"


def test_exact_sum_never_rounds() -> None:
    """A sum that would need more than 80 digits raises instead of losing one."""
    with pytest.raises(Inexact):
        exact_sum((Decimal("1E+60"), Decimal("1E-60")))
