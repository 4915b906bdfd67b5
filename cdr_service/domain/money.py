"""Money: exact amounts, prices with and without VAT, and the one function that rounds.

An amount of a charging session is always a multiple of 1/360000 of quantity times price: energy in kWh, time in
whole seconds priced per hour (1/3600), VAT in percent (1/100). So exact amounts are kept as Decimal numerators over
that one denominator, sums stay exact, and the single division happens when a total is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

#: Wide enough for sums and products of capped numbers, so that nothing is rounded silently.
EXACT = Context(prec=80)

SECONDS_PER_HOUR = Decimal(3600)
PERCENT = Decimal(100)


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
