"""ALFEN: what the 82 signed bytes say, translated at once into the words that all formats share.

     0 10 adapter id              26  4 status           44  1 unit          54 20 uid, zeros behind it
    10  4 adapter firmware        30  4 seconds index    45  1 scaler        74  4 session
    14  2 its check sum           34  4 time             46  8 value         78  4 paging
    16 10 meter id                38  6 OBIS code

Numbers stand low byte first; scaler and value are in two's complement.

Begin or end. The adapter signs which command made it read, as bits of the status; field records carry exactly one of
them. Where none is set (firmware before v016), the meter's own count decides, as in the official tool, which reads
these bits nowhere. Two at once are no reason for a reading.

     0 clock failed                               the time is unknown, the energy stands
     1  2 memory of the meter failed              not good
     8  9 10 11 phases missing or in wrong order  the energy stands: what did not flow was not counted
    16 adapter failed, 30 its memory, 31 it cannot reach the meter     not good
    26 begin does not match the end before it     not good; the official tool only shows it
    27 intermediate, 28 stop, 29 start            the command
    every other                                   not good, for nobody knows what it would say

The session's number counts the sessions of one adapter, so the transaction's id is the meter's id and that number:
`0A01445A470033009347/87`. Paging counts the records.

The time is a Unix time of a clock of which nobody vouches for, informative at best. The seconds index (signed, seconds
that the meter has run) is not used: it and the time differ by seconds in real records, and no publication lets it bill.

Source: S.A.F.E. Transparenzsoftware 1.4.1, AlfenSignature and AlfenVerifiedData (layout; bits 1, 2, 16, 26, 30, 31);
Chargy's page on the format (names of the other bits); seven field records of v016 that verify, of which each start has
bit 29 alone and each stop bit 28; formats.md 3.2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.model import (
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    Phase,
    Reading,
    RecordContent,
)
from meter_sign.obis import ObisCode, parse_obis
from meter_sign.quantity import dlms_unit, scaled
from meter_sign.timestamps import UNIX_EPOCH, SignedTime, TimeStatus

if TYPE_CHECKING:
    from meter_sign.limits import Limits

#: Bytes of every block.
BLOCK_BYTES = 82

_ADAPTER_ID = slice(0, 10)
_FIRMWARE = slice(10, 14)
_METER_ID = slice(16, 26)
_STATUS = slice(26, 30)
_TIME = slice(34, 38)
_OBIS = slice(38, 44)
_UNIT = slice(44, 45)
_SCALER = slice(45, 46)
_VALUE = slice(46, 54)
_UID = slice(54, 74)
_SESSION = slice(74, 78)
_PAGING = slice(78, 82)
_LOW_BYTE_FIRST: Literal["little"] = "little"

_CLOCK_FAILED = 1 << 0
_PHASES_MISSING_OR_MIXED = 0b1111 << 8
#: The adapter's commands: bit, what it is called here, what the reading marks.
_COMMANDS = ((1 << 29, "start", Phase.BEGIN), (1 << 28, "stop", Phase.END), (1 << 27, "intermediate", Phase.CHARGING))
#: Bits that leave the energy as it is: the table above.
_HARMLESS = _CLOCK_FAILED | _PHASES_MISSING_OR_MIXED | sum(bit for bit, _, _ in _COMMANDS)


def meter_of(block: bytes) -> MeterIdentity:
    """Whose reading it is, however broken the rest.

    Args:
        block: the signed bytes.
    """
    return MeterIdentity(
        serial=_device_id(block[_METER_ID]),
        gateway_serial=_device_id(block[_ADAPTER_ID]),
        firmware=block[_FIRMWARE].decode("ascii", "replace"),
    )


def read_content(block: bytes, limits: Limits) -> RecordContent:
    """Read the signed bytes.

    Args:
        block: all 82 of them.
        limits: caps on the value's exponent.

    Returns:
        The content, with one reading.

    Raises:
        ContentError: NUMBER_OUT_OF_RANGE, when the value is none of a meter; TEXT_NOT_UNICODE or CONTENT_INVALID, when
            two readers could read the uid differently.
    """
    meter = meter_of(block)
    return RecordContent(
        meter=meter,
        pagination=Pagination(kind=PaginationKind.TRANSACTION, number=_number(block[_PAGING])),
        identification=_identification(block[_UID]),
        readings=(_reading(block, limits),),
        transaction_id=f"{meter.meter_id or ''}/{_number(block[_SESSION])}",
    )


def _reading(block: bytes, limits: Limits) -> Reading:
    status = _number(block[_STATUS])
    qualifier, phase = _command(status)
    return Reading(
        time=_time(_number(block[_TIME]), clock_failed=bool(status & _CLOCK_FAILED)),
        qualifier=qualifier,
        phase=phase,
        register=_register(block[_OBIS]),
        value=scaled(
            _number(block[_VALUE], signed=True),
            _number(block[_SCALER], signed=True),
            limits,
            where=f"byte {_VALUE.start} of the signed block",
        ),
        unit=dlms_unit(_number(block[_UNIT])),
        meter_status=f"0x{status:08X}",
        status_good=not status & ~_HARMLESS,
    )


def _command(status: int) -> tuple[str | None, Phase]:
    """The command that made the adapter read, and what it marks."""
    given = [(name, phase) for bit, name, phase in _COMMANDS if status & bit]
    if not given:
        return None, Phase.BY_ORDER
    if len(given) > 1:
        return "+".join(name for name, _ in given), Phase.UNKNOWN
    return given[0]


def _number(octets: bytes, *, signed: bool = False) -> int:
    return int.from_bytes(octets, _LOW_BYTE_FIRST, signed=signed)


def _device_id(octets: bytes) -> str | None:
    """Upper-case hex; nothing but zeros names no device."""
    return octets.hex().upper() if any(octets) else None


def _time(seconds: int, *, clock_failed: bool) -> SignedTime:
    status = TimeStatus.UNKNOWN if clock_failed else TimeStatus.INFORMATIVE
    return SignedTime(at=UNIX_EPOCH + timedelta(seconds=seconds), status=status)


def _register(octets: bytes) -> ObisCode | None:
    """The register that six bytes name, in the hexadecimal spelling: 01 00 01 08 00 FF is 1-0:1.8.0."""
    a, b, c, d, e, f = (f"{octet:X}" for octet in octets)
    return parse_obis(f"{a}-{b}:{c}.{d}.{e}*{f}")


def _identification(octets: bytes) -> Identification:
    """Who charged: a text, zeros behind it. A zero inside ends it for one reader and not for the next."""
    where = f"byte {_UID.start} of the signed block"
    try:
        data = octets.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(Code.TEXT_NOT_UNICODE, "the uid is no UTF-8", where=where) from error
    if "\0" in data:
        raise ContentError(Code.CONTENT_INVALID, "the uid goes on behind its end", where=where)
    return Identification(assigned=bool(data), data=data or None)
