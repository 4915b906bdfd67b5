"""MSCONS: numbers, units and registers of values, and what a value's qualifier says against it.

Source: UN/EDIFACT D.04B MSCONS as profiled by BDEW, QTY C186, STS, PIA C212; edifact.md 1.2, 5.2 and R9.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.quantity import Unit

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.obis import ObisCode

#: Either mark, never both, no exponent, no thousands: whatever UNA says of the decimal mark.
_NUMBER = pattern(r"-?(\d+)(?:[.,](\d+))?", ASCII)
#: QTY 6411 to units. Everything else that is stated (KWT, D54, MTS, ...) is no energy.
_UNITS = {"KWH": Unit.KWH, "WHR": Unit.WH, "MWH": Unit.MWH}

#: QTY 6063: a measured value.
_TRUE_VALUE = "220"
_SUBSTITUTE_VALUE = "67"

#: OBIS group A of electricity.
_ELECTRICITY = "1"
#: Group C: active import, active export, and the absolute and the net sum of both.
_ACTIVE = frozenset({"1", "2", "15", "16"})
_IMPORT = "1"
#: Group C of what only ever counts up.
_ONE_WAY = frozenset({"1", "2"})
#: Group D: a register since the beginning; the energy of a billing period; that of an interval.
_ENERGY = frozenset({"8", "9", "29"})
_ENERGY_OF_TIME = frozenset({"9", "29"})
#: Group E of totals over all tariffs.
_TOTAL = "0"


class Role(NamedTuple):
    """What a register counts, as far as an MSCONS cares; of a code that no table names, nothing."""

    #: Active energy: where QTY states no unit, it is kWh.
    is_energy: bool = False
    #: Import over all tariffs, and the energy of a stretch of time: an interval of it counts as delivered. A register
    #: that runs on (D = 8) does not say how much of it was counted within an interval.
    is_import_profile: bool = False
    #: Import or export, which never runs backwards.
    is_one_way: bool = False


@lru_cache(maxsize=256)
def role_of(register: ObisCode | None) -> Role:
    """What a register counts.

    Args:
        register: of the line; None when it names none that can be read.
    """
    if register is None:
        return Role()
    medium, _, rest = register.text.partition("-")
    groups, _, storage = rest.partition(":")[2].partition("*")
    c, d, e = groups.split(".")
    if medium != _ELECTRICITY or c not in _ACTIVE or d not in _ENERGY:
        return Role()
    is_import_profile = c == _IMPORT and d in _ENERGY_OF_TIME and e == _TOTAL and not storage
    return Role(is_energy=True, is_import_profile=is_import_profile, is_one_way=c in _ONE_WAY)


def read_number(text: str, limits: Limits, *, where: str) -> Decimal:
    """Read a number exactly, with its digits.

    Args:
        text: QTY 6060, such as `1000.500` or `1000,500`.
        limits: caps on its length.
        where: the segment, for the error.

    Raises:
        ContentError: NUMBER_FORMAT, when it is no such number, or longer than any meter's.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= limits.number_characters else None
    if match is None:
        raise ContentError(Code.NUMBER_FORMAT, f"{text[:40]!r} is no number", where=where)
    whole, fraction = match.groups(default="")
    if len(whole) > limits.exponent_max + 1 or len(fraction) > -limits.exponent_min:
        raise ContentError(Code.NUMBER_FORMAT, f"{text!r} has more digits than any meter counts", where=where)
    return _decimal(text)


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal:
    # Profiles say the same few numbers again and again: one object each.
    return Decimal(text.replace(",", "."))


def read_unit(stated: str, role: Role, *, where: str) -> Unit:
    """Read the unit of a value.

    Args:
        stated: QTY 6411, usually empty.
        role: what the register counts, which implies kWh.
        where: the segment, for the error.

    Returns:
        `Unit.OTHER` where none is stated and the register is not one of active energy.

    Raises:
        ContentError: UNIT, when a unit is stated that is no energy.
    """
    if not stated:
        return Unit.KWH if role.is_energy else Unit.OTHER
    unit = _UNITS.get(stated)
    if unit is None:
        raise ContentError(Code.UNIT, f"{stated[:8]!r} is no unit of energy", where=where)
    return unit


def objection_to(qualifier: str, *, reasoned: bool) -> Code | None:
    """What the message itself says against a value being a measurement.

    Args:
        qualifier: QTY 6063.
        reasoned: whether an STS stands behind it. Which of the many reasons are harmless no table tells, so each one
            is told.
    """
    if qualifier == _TRUE_VALUE:
        return Code.VALUE_REASON if reasoned else None
    return Code.SUBSTITUTE_VALUE if qualifier == _SUBSTITUTE_VALUE else Code.NOT_TRUE_VALUE
