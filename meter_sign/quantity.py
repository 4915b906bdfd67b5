"""Units of signed readings and their exact conversion.

Numbers stay `Decimal` with the digits that were signed: `100.0` stays `100.0`. The only division of this package is
`divide`, and a source test keeps it so.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import ContentError

if TYPE_CHECKING:
    from meter_sign.limits import Limits

#: Wide enough for any product of two capped numbers, so that nothing is rounded silently.
EXACT = Context(prec=80)


class Unit(StrEnum):
    """Units of a reading (OCMF 1.4, table 20, and what is seen in the field)."""

    KWH = "kWh"
    WH = "Wh"
    #: Only EDIFACT, whose messages may carry grid quantities.
    MWH = "MWh"
    MILLIOHM = "mOhm"
    MICROOHM = "uOhm"
    SECONDS = "s"
    OTHER = "?"


#: DLMS codes of units that are energy (IEC 62056-6-2, table of units).
_DLMS_UNITS = {30: Unit.WH}
#: Above this, readers of eight bytes with a sign see a negative number: no meter counts so far.
_COUNT_MAX = 2**63 - 1
#: Powers of ten from the unit to kWh; a unit that is missing here is no energy.
KWH_EXPONENT = {Unit.KWH: 0, Unit.WH: -3, Unit.MWH: 3}


def dlms_unit(code: int) -> Unit:
    """The unit of a number in the DLMS table: 30 is Wh, and nothing else is energy here.

    Args:
        code: as signed.
    """
    return _DLMS_UNITS.get(code, Unit.OTHER)


def scaled(value: int, scaler: int, limits: Limits, *, where: str) -> Decimal:
    """A meter's number with its power of ten, exactly: 3275 and -1 give 327.5.

    Args:
        value: the number as signed.
        scaler: the power of ten as signed.
        limits: caps on the exponent.
        where: its place, for the error.

    Raises:
        ContentError: NUMBER_OUT_OF_RANGE.
    """
    number = Decimal(value).scaleb(scaler, EXACT)
    if value > _COUNT_MAX or scaler < limits.exponent_min or number.adjusted() > limits.exponent_max:
        raise ContentError(Code.NUMBER_OUT_OF_RANGE, f"{value} times 10^{scaler} is no meter's reading", where=where)
    return number


def energy_kwh(value: Decimal, unit: Unit) -> Decimal | None:
    """Convert a reading to kWh exactly, keeping the signed digits.

    Args:
        value: the reading as signed, in `unit`.
        unit: its unit.

    Returns:
        The value in kWh, or None when the unit is no energy: 100000 Wh gives 100.000 kWh, 19 s gives None.
    """
    exponent = KWH_EXPONENT.get(unit)
    return None if exponent is None else value.scaleb(exponent, EXACT)


def difference(after: Decimal, before: Decimal) -> Decimal:
    """Subtract exactly; zero has no sign: a reading of -0 is signable JSON, and -0 kWh is no energy to print.

    Args:
        after: the later reading.
        before: the earlier reading.
    """
    return EXACT.plus(EXACT.subtract(after, before))


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
