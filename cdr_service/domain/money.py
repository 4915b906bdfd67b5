"""Money: exact amounts, prices with and without VAT, and the one function that rounds.

An amount of a charging session is always a multiple of 1/360000 of quantity times price: energy in kWh, time in
whole seconds priced per hour (1/3600), VAT in percent (1/100). So exact amounts are kept as Decimal numerators over
that one denominator, sums stay exact, and the single division happens when a total is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Wide enough for sums and products of capped numbers, so that nothing is rounded silently.
EXACT = Context(prec=80)
#: The same, but a result that would have to be rounded raises `decimal.Inexact` instead.
EXACT_OR_RAISE = Context(prec=80, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])

SECONDS_PER_HOUR = Decimal(3600)
PERCENT = Decimal(100)
#: What the numerators of an `Amount` stand over: seconds per hour times percent.
AMOUNT_DENOMINATOR = Decimal(360000)
#: Decimals of an OCPI number (OCPI 2.2.1, types, number).
OCPI_DECIMALS = 4


def divide(numerator: Decimal, denominator: Decimal, *, digits: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Divide and round once: the only division of this package.

    Args:
        numerator: any finite number.
        denominator: any finite number but zero.
        digits: decimals of the result.
        mode: a rounding mode of `decimal`.

    Returns:
        The quotient with `digits` decimals: divide(2700, 3600, digits=4) is 0.7500.
    """
    return EXACT.divide(numerator, denominator).quantize(Decimal(1).scaleb(-digits), rounding=mode, context=EXACT)


def to_ocpi_number(value: Decimal) -> Decimal:
    """Round a quantity half up to the 4 decimals that an OCPI number carries: 1.00005 is 1.0001."""
    return divide(value, Decimal(1), digits=OCPI_DECIMALS)


def exact_sum(numbers: Iterable[Decimal]) -> Decimal:
    """Add numbers up without rounding; nothing is zero."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT_OR_RAISE.add(total, number)
    return total


def hours_from_seconds(seconds: int) -> Decimal:
    """A duration in hours as OCPI writes it, with 4 decimals, half up: 600 s are 0.1667 h."""
    return divide(Decimal(seconds), SECONDS_PER_HOUR, digits=OCPI_DECIMALS)


def seconds_from_hours(hours: Decimal) -> int:
    """Recover the whole seconds behind a 4-decimal number of hours: 0.1667 h (600.12 s) are 600 s.

    The last digit is 0.36 s, so an error below half a second, as a rounded duration or the difference of two rounded
    durations has it, is always undone.
    """
    return int(divide(EXACT.multiply(hours, SECONDS_PER_HOUR), Decimal(1), digits=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingPolicy:
    """Where and how money is rounded; printed with every result. OCPI leaves it to the parties (ocpi#401)."""

    #: Decimals of every total. OCPI numbers carry at most 4.
    digits: int = 4
    #: A rounding mode of `decimal`.
    mode: str = ROUND_HALF_UP

    def describe(self) -> str:
        """The policy in words, as it is printed: `totals ROUND_HALF_UP to 4 decimals, lines exact`."""
        return f"totals {self.mode} to {self.digits} decimals, lines exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount of money (OCPI 2.2.1, Price); which currency stands beside it in the CDR."""

    excl_vat: Decimal
    incl_vat: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An exact amount of money: Decimal numerators over `AMOUNT_DENOMINATOR`, with and without VAT.

    Exact means exact: an operation that would need more digits than there are raises `decimal.Inexact`.
    """

    #: Numerator of the amount without VAT.
    excl_vat: Decimal
    #: Numerator of the amount with VAT; equal to `excl_vat` where no VAT applies.
    incl_vat: Decimal

    @classmethod
    def of(cls, quantity_3600: Decimal, *, unit_price: Decimal, vat: Decimal | None) -> Amount:
        """Price a quantity.

        Args:
            quantity_3600: 3600 times the quantity in the unit of the price, so that hours stay exact: whole seconds
                for a price per hour, kWh times 3600 for a price per kWh, 3600 for a price per session.
            unit_price: price of one unit, without VAT.
            vat: percent; None means that no VAT applies.

        Returns:
            The exact amount: 2400 s at 2.00 per hour and 20 % VAT is 480000 / 360000 = 1.33333... without VAT, and
            576000 / 360000 = 1.6 with it.
        """
        net = EXACT_OR_RAISE.multiply(quantity_3600, unit_price)
        factor = PERCENT if vat is None else EXACT_OR_RAISE.add(PERCENT, vat)
        return cls(excl_vat=EXACT_OR_RAISE.multiply(net, PERCENT), incl_vat=EXACT_OR_RAISE.multiply(net, factor))

    @classmethod
    def total(cls, amounts: Iterable[Amount]) -> Amount:
        """Add amounts up, exactly; nothing is zero."""
        added = tuple(amounts)
        return cls(
            excl_vat=exact_sum(amount.excl_vat for amount in added),
            incl_vat=exact_sum(amount.incl_vat for amount in added),
        )

    def rounded(self, policy: RoundingPolicy) -> Price:
        """Divide and round both parts once, as the policy says."""
        return Price(
            excl_vat=divide(self.excl_vat, AMOUNT_DENOMINATOR, digits=policy.digits, mode=policy.mode),
            incl_vat=divide(self.incl_vat, AMOUNT_DENOMINATOR, digits=policy.digits, mode=policy.mode),
        )
