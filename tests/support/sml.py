"""A writer of SML files, bit by bit after the specification and independent of the reader.

    sml_file(message(LIST, list_response(server_id, (entry(name, value=u(7)), ...), signature)))

Everything is bytes: an element is what its function returns, so a test can put anything in any place.

Source: SML 1.04, sections 4, 6 and 8.
"""

from __future__ import annotations

ESCAPE = b"\x1b\x1b\x1b\x1b"
BEGIN = ESCAPE + b"\x01\x01\x01\x01"
ABSENT = b"\x01"
#: Choices of message bodies.
OPEN, LIST, CLOSE = 0x0101, 0x0701, 0x0201


def crc16(data: bytes) -> int:
    """CRC 16 of X.25, a bit at a time."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ 0x8408 if register & 1 else register >> 1
    return register ^ 0xFFFF


def low_byte_first(number: int) -> bytes:
    """Two bytes as SML puts its check sums on the wire."""
    return bytes((number & 0xFF, number >> 8))


def head(type_: int, length: int, head_bytes: int = 1) -> bytes:
    """A type-length field; `length` is what it says, its own bytes already counted."""
    nibbles = [length >> 4 * place & 0x0F for place in reversed(range(head_bytes))]
    parts = [nibbles[0] | type_ << 4, *nibbles[1:]]
    return bytes(part | (0x80 if place < head_bytes - 1 else 0) for place, part in enumerate(parts))


def octets(value: bytes) -> bytes:
    """An octet string, with as many length bytes as it needs."""
    head_bytes = 1
    while len(value) + head_bytes >= 16**head_bytes:
        head_bytes += 1
    return head(0, len(value) + head_bytes, head_bytes) + value


def u(number: int, size: int | None = None) -> bytes:
    """An unsigned number of `size` bytes, or of as few as it takes."""
    width = size or max(1, (number.bit_length() + 7) // 8)
    return head(6, width + 1) + number.to_bytes(width, "big")


def i(number: int, size: int = 1) -> bytes:
    """A signed number."""
    return head(5, size + 1) + number.to_bytes(size, "big", signed=True)


def boolean(value: bool) -> bytes:  # noqa: FBT001 - it is the element
    """A truth value."""
    return head(4, 2) + bytes((value,))


def listing(*elements: bytes) -> bytes:
    """A list."""
    return head(7, len(elements), 1 if len(elements) < 16 else 2) + b"".join(elements)


def seconds_index(number: int) -> bytes:
    """A time that is a seconds index."""
    return listing(u(1), u(number, 4))


def timestamp(seconds: int) -> bytes:
    """A time that is a plain time stamp."""
    return listing(u(2), u(seconds, 4))


def local(seconds: int, place: int = 60, season: int = 0, size: int = 2) -> bytes:
    """A time stamp in UTC with the offsets of place and season in minutes."""
    return listing(u(3), listing(u(seconds, 4), i(place, size), i(season, size)))


def entry(
    name: bytes,
    *,
    status: bytes = ABSENT,
    time: bytes = ABSENT,
    unit: bytes = ABSENT,
    scaler: bytes = ABSENT,
    value: bytes = ABSENT,
    signature: bytes = ABSENT,
) -> bytes:
    """One entry of a list of values."""
    return listing(octets(name), status, time, unit, scaler, value, signature)


def list_response(
    server_id: bytes,
    entries: tuple[bytes, ...],
    *,
    signature: bytes | None = None,
    name: bytes = ABSENT,
    sensor_time: bytes = ABSENT,
) -> bytes:
    """A list of values."""
    signed = ABSENT if signature is None else octets(signature)
    return listing(ABSENT, octets(server_id), name, sensor_time, listing(*entries), signed, ABSENT)


def message(choice: int, content: bytes, *, number: int = 1, crc: int | None = None) -> bytes:
    """One message; `crc` replaces the right check sum."""
    start = head(7, 6) + octets(bytes((number,))) + u(0) + u(0) + listing(u(choice, 4), content)
    check = low_byte_first(crc16(start) if crc is None else crc)
    return start + head(6, 3) + check + b"\x00"


def sml_file(*messages: bytes, crc: int | None = None) -> bytes:
    """The transport file around messages; `crc` replaces the right check sum."""
    body = b"".join(messages)
    fill = -len(body) % 4
    covered = BEGIN + (body + bytes(fill)).replace(ESCAPE, ESCAPE * 2) + ESCAPE + bytes((0x1A, fill))
    return covered + low_byte_first(crc16(covered) if crc is None else crc)


def usual_file(response: bytes) -> bytes:
    """A list between the open and the close message that meters put around it."""
    opened = message(OPEN, listing(ABSENT, ABSENT, octets(b"0"), octets(b"server"), ABSENT, ABSENT))
    return sml_file(opened, message(LIST, response, number=2), message(CLOSE, listing(ABSENT), number=3))
