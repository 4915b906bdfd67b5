"""The 320 bytes that an EDL40 meter signs: which field stands where, written and read by one table.

The bytes are no slice of what a meter sends. SML and the Mennekes XML carry fields, and the meter hashes a block that
both sides build from them; only EDL_40_SIG carries the block itself. So a field that has no place in the block is not
signed, whatever the record says of it: the upper bytes of the status word, the offset of local time, the units of the
registers beside the first.

Numbers stand low byte first, but for the price. Bytes of the table that a record does not use are zero, and so is
everything behind the last field.

Source: FNN Lastenheft EDL, "Signatur"; EMH eHZ "SML Kundenidentifikation"; Isabellenhuette ISA-EDL-40P; formats.md 3.2.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of every block.
BLOCK_BYTES = 320
#: Of a status word, what is signed.
LOW_BYTE = 0xFF
#: Bytes of the log book's index, in the block and behind r and s.
LOG_BOOK_BYTES = 2


class Order(Enum):
    """How a field is written."""

    LOW_BYTE_FIRST = auto()
    HIGH_BYTE_FIRST = auto()
    #: Low byte first, in two's complement.
    SIGNED = auto()
    #: Bytes from left to right, as many as the field has.
    AS_IS = auto()
    #: The same, or fewer and zeros behind them; read without the zeros.
    ZERO_FILLED = auto()


_BYTE_ORDERS: Mapping[Order, Literal["little", "big"]] = {
    Order.LOW_BYTE_FIRST: "little",
    Order.SIGNED: "little",
    Order.HIGH_BYTE_FIRST: "big",
}


class Field(NamedTuple):
    """One row of a layout: an attribute of the block and its place."""

    name: str
    offset: int
    size: int
    order: Order = Order.LOW_BYTE_FIRST


class Edl40Block(NamedTuple):
    """What stands in a block of EDL40, be it of SML, of `signedMeterValue` or of Mennekes."""

    server_id: bytes
    #: Seconds since 1970 of local time: the offset is already in it.
    time: int
    #: The lowest byte of the status word.
    status: int
    seconds_index: int
    pagination: int
    obis: bytes
    unit: int
    #: Power of ten that every value of the block is to be multiplied with.
    scaler: int
    value: int
    #: Index of the newest entry of the log book, high byte first.
    log_book: int
    contract_id: bytes
    contract_time: int
    #: Registers that newer meters (EMOC) add, without and with the losses of the cable taken off; 0: not in use.
    historical_value: int = 0
    compensated_value: int = 0
    resistance: int = 0
    stopwatch: int = 0
    price: int = 0


class IsaBlock(NamedTuple):
    """What stands in a block of Isabellenhuette: begin and newest value of one transaction together."""

    server_id: bytes
    time: int
    status: int
    obis: bytes
    unit: int
    scaler: int
    value: int
    log_book: int
    #: The meter's signature of the value alone.
    value_signature: bytes
    contract_id: bytes
    start_time: int
    #: What the meter's maker calls ESTH: a digest over further data.
    esth: bytes
    start_status: int
    start_obis: bytes
    start_unit: int
    start_scaler: int
    start_value: int
    #: Begin, update or end of a transaction, as an OBIS code.
    list_name: bytes
    pagination: int


EDL40 = (
    Field("server_id", 0, 10, Order.AS_IS),
    Field("time", 10, 4),
    Field("status", 14, 1),
    Field("seconds_index", 15, 4),
    Field("pagination", 19, 4),
    Field("obis", 23, 6, Order.AS_IS),
    Field("unit", 29, 1),
    Field("scaler", 30, 1, Order.SIGNED),
    Field("value", 31, 8),
    Field("log_book", 39, 2, Order.HIGH_BYTE_FIRST),
    Field("contract_id", 41, 128, Order.ZERO_FILLED),
    Field("contract_time", 169, 4),
    Field("historical_value", 173, 8),
    Field("compensated_value", 181, 8),
    Field("resistance", 189, 2),
    Field("stopwatch", 191, 4),
    Field("price", 195, 2, Order.HIGH_BYTE_FIRST),
)

ISA = (
    Field("server_id", 0, 10, Order.AS_IS),
    Field("time", 10, 4),
    Field("status", 14, 1),
    Field("obis", 15, 6, Order.AS_IS),
    Field("unit", 21, 1),
    Field("scaler", 22, 1, Order.SIGNED),
    Field("value", 23, 8),
    Field("log_book", 31, 2, Order.HIGH_BYTE_FIRST),
    Field("value_signature", 33, 66, Order.AS_IS),
    Field("contract_id", 99, 128, Order.ZERO_FILLED),
    Field("start_time", 227, 4),
    Field("esth", 231, 20, Order.AS_IS),
    Field("start_status", 251, 1),
    Field("start_obis", 252, 6, Order.AS_IS),
    Field("start_unit", 258, 1),
    Field("start_scaler", 259, 1, Order.SIGNED),
    Field("start_value", 260, 8),
    Field("list_name", 268, 6, Order.AS_IS),
    Field("pagination", 274, 4),
)


def write_block(block: Edl40Block | IsaBlock) -> bytes:
    """Lay out a block.

    Args:
        block: its fields.

    Returns:
        The 320 bytes that the meter signed, if the fields are what it signed.

    Raises:
        MalformedPayloadError: FIELD_INVALID, when a field does not fit its place.
    """
    values = block._asdict()
    encoded = bytearray(BLOCK_BYTES)
    for field in ISA if isinstance(block, IsaBlock) else EDL40:
        encoded[field.offset : field.offset + field.size] = _encode(field, values[field.name])
    return bytes(encoded)


def read_edl40(encoded: bytes) -> Edl40Block:
    """Read a block of EDL40 back into its fields.

    Args:
        encoded: its bytes, as signed.

    Returns:
        The fields.

    Raises:
        MalformedPayloadError: FIELD_INVALID, when these are not 320 bytes.
    """
    if len(encoded) != BLOCK_BYTES:
        raise MalformedPayloadError(Code.FIELD_INVALID, f"the block has {len(encoded)} bytes, not {BLOCK_BYTES}")
    return Edl40Block(**{field.name: _read(field, encoded) for field in EDL40})


def reserved_is_zero(encoded: bytes) -> bool:
    """Whether nothing is signed behind the last field of a block of EDL40: nobody knows what it would say.

    Args:
        encoded: the block's bytes.
    """
    return not any(encoded[EDL40[-1].offset + EDL40[-1].size :])


def _encode(field: Field, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        if len(value) > field.size or (field.order is Order.AS_IS and len(value) != field.size):
            raise _invalid(f"{len(value)} bytes, the block has {field.size} for it", field.name)
        return value.ljust(field.size, b"\0")
    try:
        return value.to_bytes(field.size, _BYTE_ORDERS[field.order], signed=field.order is Order.SIGNED)
    except OverflowError as error:
        raise _invalid(f"{value} does not fit the {field.size} bytes of the block", field.name) from error


def _read(field: Field, encoded: bytes) -> Any:
    taken = encoded[field.offset : field.offset + field.size]
    if field.order is Order.AS_IS:
        return taken
    if field.order is Order.ZERO_FILLED:
        return taken.rstrip(b"\0")
    return int.from_bytes(taken, _BYTE_ORDERS[field.order], signed=field.order is Order.SIGNED)


def _invalid(detail: str, where: str) -> MalformedPayloadError:
    return MalformedPayloadError(Code.FIELD_INVALID, detail, where=f"/{where}")
