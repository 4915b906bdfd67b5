"""What the signed numbers of EDL40 mean, in the words that all formats share: status, time, register, value, user.

The status. Only the lowest byte of the status word is signed. No maker publishes its bits; these are the ones that
the official tool builds that byte from for newer meters (EMOC), whose status word is the one of FNN base meters, and
those that the documentation of Chargy's EMH format lists:

    0  fatal error of the meter                 not good
    1  value sent synchronously                 says nothing on the energy
    2  in no list                               not good, for nobody knows what it would say
    3  clock set                                says nothing on the energy; unset: the time is no time
    4  backstop active, 5 energy flows back     the import register stands still; its value is right
    6  magnetic influence                       not good, the value may be falsified
    7  running, above the starting current      as it should be

The official tool shows the status and judges none of it.

The time. Signed are the seconds since 1970 of local time. Its offset is signed by no format: where the record tells
it, it turns the number into an instant, and an instant is informative at best. Where no offset is known there is no
instant to show or to decide by, and the clock's status is UNKNOWN; differences are right.

The registers. A block may hold, beside the meter's own total, a register of which the losses of the cable are taken
off. The law value is that one where it is in use (not 0), else the total: they are given as readings of two registers,
1-0:1.17.0*200 and 1-0:1.17.0, and the first outranks the second. So a transaction that uses it at one end only is
refused, where the official tool subtracts one register from the other.

Source: S.A.F.E. Transparenzsoftware 1.4.1, SMLReader.transformStatus, SMLSignature; TRuDI, StatusFNN; formats.md 3.2.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.model import Identification, LossCompensation, Reading
from meter_sign.obis import ObisCode, parse_obis
from meter_sign.quantity import dlms_unit, scaled
from meter_sign.timestamps import UNIX_EPOCH, SignedTime, TimeStatus

if TYPE_CHECKING:
    from meter_sign.formats.edl40.block import Edl40Block
    from meter_sign.limits import Limits
    from meter_sign.model import Phase

#: Bits of the signed status byte that take the value out of billing; the table above.
NOT_GOOD = 0b0100_0101
CLOCK_SET = 0b0000_1000
#: Group F of the register of which the losses are taken off, and of the same without.
_COMPENSATED = 0xC8
_HISTORICAL = 0x64
#: Local time runs from 12 hours behind to 14 hours ahead of UTC.
_OFFSETS = range(-12 * 3600, 14 * 3600 + 1)


def edl40_readings(
    block: Edl40Block, *, offset: int | None, phase: Phase, path: str, limits: Limits
) -> tuple[Reading, ...]:
    """The readings of one signed block: the meter's total, and the further registers that are in use.

    Args:
        block: the fields, as signed.
        offset: seconds that local time is ahead of UTC, as the record tells it unsigned; None where nobody tells it.
        phase: what the record marks.
        path: where in the record the block's fields stand.
        limits: caps on exponent and digits.

    Raises:
        ContentError: NUMBER_OUT_OF_RANGE.
    """
    values = (
        (block.obis, block.value, "value"),
        (_variant(block.obis, _HISTORICAL), block.historical_value, "historical_value"),
        (_variant(block.obis, _COMPENSATED), block.compensated_value, "compensated_value"),
    )
    time = signed_time(block.time, offset, clock_set=bool(block.status & CLOCK_SET))
    return tuple(
        Reading(
            time=time,
            qualifier=None,
            phase=phase,
            register=register(obis),
            value=scaled(value, block.scaler, limits, where=f"{path}/{name}"),
            unit=dlms_unit(block.unit),
            meter_status=status_text(block.status),
            status_good=not block.status & NOT_GOOD,
            event_counter=block.log_book,
            identified_at=block.contract_time if block.contract_id.rstrip(b"\0") else None,
            path=f"{path}/{name}",
        )
        for obis, value, name in values
        if value or name == "value"
    )


def signed_time(seconds: int, offset: int | None, *, clock_set: bool = True) -> SignedTime:
    """Turn a signed time into an instant: 1593011919 with the offset 7200 is 2020-06-24T13:18:39Z.

    Args:
        seconds: since 1970, of local time.
        offset: seconds that local time is ahead of UTC; None: unknown.
        clock_set: whether the meter says that its clock was ever set.
    """
    known = clock_set and offset is not None
    return SignedTime(
        at=UNIX_EPOCH + timedelta(seconds=seconds - (offset or 0)),
        status=TimeStatus.INFORMATIVE if known else TimeStatus.UNKNOWN,
        zone_known=offset is not None,
    )


def checked_offset(seconds: int, *, where: str) -> int:
    """An offset of local time that some place on earth has.

    Args:
        seconds: that local time is ahead of UTC, as the record tells it.
        where: its place, for the error.

    Raises:
        MalformedPayloadError: FIELD_INVALID, when no place has it. It is not signed, and a wild one would move a signed
            time wherever somebody likes.
    """
    if seconds not in _OFFSETS:
        raise MalformedPayloadError(Code.FIELD_INVALID, f"no place is {seconds} s ahead of UTC", where=where)
    return seconds


def register(obis: bytes) -> ObisCode | None:
    """The register that six bytes name: 01 00 01 11 00 FF is 1-0:1.17.0."""
    a, b, c, d, e, f = obis
    return parse_obis(f"{a}-{b}:{c}.{d}.{e}*{f}")


def status_text(status: int) -> str:
    """The signed byte of the status word, as it is shown: 8 is 0x08."""
    return f"0x{status:02X}"


def identification(contract_id: bytes) -> Identification:
    """Who charged. The bytes mean a card's number to one meter and text to the next, so they are shown as hex.

    Args:
        contract_id: as laid out in the block; the zeros that fill it up are no part of it.
    """
    data = serial(contract_id.rstrip(b"\0"))
    return Identification(assigned=bool(data), data=data or None)


def loss_compensation(resistance: int) -> LossCompensation | None:
    """The cable whose losses are taken off. The number is signed, its unit and power of ten are not.

    Args:
        resistance: as signed; 0: nothing is taken off.
    """
    if not resistance:
        return None
    return LossCompensation(name=None, number=None, resistance=Decimal(resistance), unit=None)


def serial(server_id: bytes) -> str:
    """A device's id as upper-case hex, the spelling under which its keys are registered."""
    return server_id.hex().upper()


def _variant(obis: bytes, f: int) -> bytes:
    return obis[:-1] + bytes((f,))
