"""The few ASN.1 structures that keys and signatures are made of: read element by element, written canonically.

Reading accepts any definite length, also one written longer than needed (BER); whether that is tolerated is the
caller's decision, by comparing what was read with `encode`: equal bytes are canonical, everything else is not.

Source: ITU-T X.690, sections 8.1 (BER), 10.1 (DER: definite lengths in the fewest octets).
"""

from __future__ import annotations

from dataclasses import dataclass

INTEGER = 0x02
BIT_STRING = 0x03
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
#: First octet of a certificate's version field.
CONTEXT_0 = 0xA0


class DerError(Exception):
    """No such structure; never leaves this package: the callers turn it into one of our errors."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value element and where it ends."""

    tag: int
    content: bytes
    #: Offset of the first byte after it.
    end: int


def read(encoded: bytes, offset: int = 0) -> Element:
    """Read the element that begins at an offset.

    Args:
        encoded: the bytes around it.
        offset: where its tag stands.

    Returns:
        The element; what follows it is not looked at.

    Raises:
        DerError: cut off, of indefinite length, or longer than the bytes there are.
    """
    if len(encoded) < offset + 2:
        raise DerError(f"cut off at byte {offset}")
    start = offset + 2
    length = encoded[offset + 1]
    if length & 0x80:
        octets = length & 0x7F
        if octets == 0:
            raise DerError(f"indefinite length at byte {offset}")
        length = int.from_bytes(encoded[start : start + octets], "big")
        start += octets
    end = start + length
    if end > len(encoded):
        raise DerError(f"cut off: the element at byte {offset} is longer than what is there")
    return Element(encoded[offset], encoded[start:end], end)


def read_all(encoded: bytes) -> tuple[Element, ...]:
    """Read elements that lie one after the other without a gap, strictly.

    Args:
        encoded: the content of a SEQUENCE, or a whole structure.

    Returns:
        The elements, every one of them with a length in the fewest octets.

    Raises:
        DerError: as `read`, or a length that DER writes shorter.
    """
    elements = []
    offset = 0
    while offset < len(encoded):
        element = read(encoded, offset)
        if encode(element.tag, element.content) != encoded[offset : element.end]:
            raise DerError(f"length at byte {offset} is not in the fewest octets")
        elements.append(element)
        offset = element.end
    return tuple(elements)


def encode(tag: int, content: bytes) -> bytes:
    """Write one element with its length in the fewest octets.

    Args:
        tag: its first octet.
        content: the bytes inside.
    """
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) >> 3, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def encode_oid(dotted: str) -> bytes:
    """Write an object identifier: 1.3.132.0.31 gives 06 05 2B 81 04 00 1F."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return encode(OBJECT_IDENTIFIER, b"".join(_base_128(arc) for arc in (40 * first + second, *rest)))


def _base_128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))
