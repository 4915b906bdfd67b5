"""The inner layer: messages with their check sums, and in them the lists of values (GetList.Res).

Only lists carry measurements; a file's other messages (open, close, whatever a maker adds) must be well-formed and are
left unread. Fields are taken by their place, as SML has it: a list of seven is a list of seven.

Source: SML 1.04, sections 4.1 (SML_Message), 4.2 (SML_Time), 5.1.15 (GetList.Res).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.sml.elements import Element, ElementReader, Kind, malformed
from meter_sign.sml.transport import BEGIN, checksum, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

_GET_LIST_RESPONSE = 0x0701
#: In a value: the choice of a structured value that is a time.
_VALUE_IS_TIME = 1
_SECONDS_OF_A_MINUTE = 60


class TimeKind(IntEnum):
    """The three ways in which SML tells a time; the values are those on the wire."""

    #: Seconds since the meter was started, not since anything else.
    SECONDS_INDEX = 1
    #: Seconds since 1970.
    TIMESTAMP = 2
    #: Seconds since 1970 in UTC, with the offset of the place and of the season.
    LOCAL = 3


class SmlTime(NamedTuple):
    """A time as the meter tells it."""

    kind: TimeKind
    #: The counter or the time stamp, without the offset.
    seconds: int
    #: Seconds that local time is ahead: offset of the place and of the season together; 0 where none is told.
    offset_seconds: int = 0


class ListEntry(NamedTuple):
    """One row of a list."""

    #: Six bytes of OBIS code, A to F.
    name: bytes
    status: int | None
    time: SmlTime | None
    #: A unit's number in the DLMS table: 30 is Wh.
    unit: int | None
    #: Power of ten that the value is to be multiplied with.
    scaler: int | None
    #: None for what is left out, and for what is no number, octet string or time.
    value: bytes | int | SmlTime | None
    signature: bytes | None
    offset: int


class ListResponse(NamedTuple):
    """A list of values as one meter sent it, signed as a whole or not."""

    server_id: bytes
    name: bytes | None
    sensor_time: SmlTime | None
    entries: tuple[ListEntry, ...]
    signature: bytes | None
    offset: int


def read_lists(raw: bytes) -> tuple[ListResponse, ...]:
    """Read the lists of values out of one SML file.

    Args:
        raw: the file, transport layer included.

    Returns:
        The lists in the order of their messages; empty when no message is one.

    Raises:
        MalformedPayloadError: FRAME_INVALID, when it is no SML file of version 1; CRC_MISMATCH; FIELD_INVALID, when a
            field of a list is not of its type.
        LimitExceededError: nested too deeply.
    """
    encoded = unwrap(raw)
    reader = ElementReader(encoded, len(BEGIN))
    lists = []
    while not reader.at_end:
        body = _message_body(reader.read(), encoded)
        if body[0].number == _GET_LIST_RESPONSE:
            lists.append(_list_response(body[1]))
    return tuple(lists)


def _message_body(message: Element, encoded: bytes) -> tuple[Element, ...]:
    """The choice of a message and its content, after its check sum has held."""
    _, _, _, body, stated, end = _parts(message, 6, "a message")
    expected = int.from_bytes(checksum(encoded[message.offset : stated.offset]), "big")
    if _unsigned(stated) != expected:
        detail = f"the check sum of the message is {stated.number:04x}, its bytes give {expected:04x}"
        raise MalformedPayloadError(Code.CRC_MISMATCH, detail, where=f"byte {stated.offset}")
    if end.kind is not Kind.END:
        raise malformed("a message does not end with 00", end.offset)
    choice, content = _parts(body, 2, "a message body")
    _unsigned(choice)
    return choice, content


def _list_response(element: Element) -> ListResponse:
    _, server_id, name, sensor_time, values, signature, _ = _parts(element, 7, "a list of values")
    if values.kind is not Kind.LIST:
        raise _wrong_type(values, "a list")
    return ListResponse(
        server_id=_octets(server_id),
        name=_optional(_octets, name),
        sensor_time=_optional(_time, sensor_time),
        entries=tuple(_entry(value) for value in values.children),
        signature=_optional(_octets, signature),
        offset=element.offset,
    )


def _entry(element: Element) -> ListEntry:
    name, status, time, unit, scaler, value, signature = _parts(element, 7, "an entry")
    return ListEntry(
        name=_octets(name),
        status=_optional(_unsigned, status),
        time=_optional(_time, time),
        unit=_optional(_unsigned, unit),
        scaler=_optional(_integer, scaler),
        value=_optional(_value, value),
        signature=_optional(_octets, signature),
        offset=element.offset,
    )


def _value(element: Element) -> bytes | int | SmlTime | None:
    if element.kind is Kind.OCTETS:
        return element.octets
    if element.kind in {Kind.INTEGER, Kind.UNSIGNED}:
        return element.number
    if element.kind is Kind.BOOLEAN:
        return None
    choice, content = _parts(element, 2, "a value")
    return _time(content) if _unsigned(choice) == _VALUE_IS_TIME else None


def _time(element: Element) -> SmlTime:
    choice, content = _parts(element, 2, "a time")
    number = _unsigned(choice)
    if number == TimeKind.LOCAL:
        seconds, place, season = _parts(content, 3, "a local time")
        offset = (_integer(place) + _integer(season)) * _SECONDS_OF_A_MINUTE
        return SmlTime(TimeKind.LOCAL, _unsigned(seconds), offset)
    if number not in {TimeKind.SECONDS_INDEX, TimeKind.TIMESTAMP}:
        raise _wrong_type(choice, "one of the three kinds of time")
    return SmlTime(TimeKind(number), _unsigned(content))


# Elements of a type ---------------------------------------------------------------------------------------------------


def _parts(element: Element, count: int, name: str) -> tuple[Element, ...]:
    if element.kind is not Kind.LIST or len(element.children) != count:
        raise _wrong_type(element, f"{name}, which is a list of {count}")
    return element.children


def _octets(element: Element) -> bytes:
    if element.kind is not Kind.OCTETS:
        raise _wrong_type(element, "an octet string")
    return element.octets


def _unsigned(element: Element) -> int:
    if element.kind is not Kind.UNSIGNED:
        raise _wrong_type(element, "an unsigned number")
    return element.number


def _integer(element: Element) -> int:
    if element.kind is not Kind.INTEGER:
        raise _wrong_type(element, "a signed number")
    return element.number


def _optional(read: Callable[[Element], T], element: Element) -> T | None:
    return None if element.kind is Kind.ABSENT else read(element)


def _wrong_type(element: Element, expected: str) -> MalformedPayloadError:
    return MalformedPayloadError(Code.FIELD_INVALID, f"this is not {expected}", where=f"byte {element.offset}")
