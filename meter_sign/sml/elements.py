"""The middle layer: type, length and value of one element, and of the elements inside a list.

The first byte holds the type in bits 4 to 6 and the lower four bits of the length; while bit 7 is set, a further byte
adds four bits. A length counts its own bytes with it; the length of a list is its number of elements. Numbers have one
to eight bytes: a meter may leave out leading bytes that say nothing.

Time and memory are linear: every element takes at least one byte, lists are nested to a cap, and a length that is
longer than the bytes there are ends the reading at the last byte.

Source: SML 1.04, section 6.2 (TL field) and 6.3 (types).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError

#: Lists inside lists. A list of meter values needs seven; Python itself gives up at about a thousand.
_DEPTH = 16
#: Bytes of one type-length field; four say 65535, a whole record.
_HEAD_BYTES = 4
_NUMBER_BYTES = range(1, 9)


class Kind(Enum):
    """What an element is; the values are the type bits of its first byte."""

    OCTETS = 0
    BOOLEAN = 4
    INTEGER = 5
    UNSIGNED = 6
    LIST = 7
    #: An optional element that is left out: the byte 01, an octet string of no octets.
    ABSENT = 8
    #: The byte 00, which ends a message.
    END = 9


_KINDS = {kind.value: kind for kind in (Kind.OCTETS, Kind.BOOLEAN, Kind.INTEGER, Kind.UNSIGNED, Kind.LIST)}


class Element(NamedTuple):
    """One element; exactly one of the three values belongs to its kind, the others are empty."""

    kind: Kind
    #: Where its first byte stands.
    offset: int
    octets: bytes = b""
    #: The number; of a boolean 0 or 1.
    number: int = 0
    children: tuple[Element, ...] = ()


def malformed(detail: str, offset: int) -> MalformedPayloadError:
    """The error of everything that is no SML, with the offset of the byte."""
    return MalformedPayloadError(Code.FRAME_INVALID, f"no SML: {detail}", where=f"byte {offset}")


class ElementReader:
    """Reads elements one after the other; `offset` is where the next one begins."""

    def __init__(self, encoded: bytes, offset: int) -> None:
        self._encoded = encoded
        self.offset = offset

    @property
    def at_end(self) -> bool:
        """Whether no byte is left."""
        return self.offset >= len(self._encoded)

    def read(self, depth: int = 0) -> Element:
        """Read the next element with all that is inside.

        Args:
            depth: lists around it.

        Raises:
            MalformedPayloadError: FRAME_INVALID: cut off, of an unknown type, or of a length that its type cannot have.
            LimitExceededError: LIMIT_EXCEEDED, when lists are nested too deeply.
        """
        start = self.offset
        kind, length = self._head()
        if kind is Kind.LIST:
            if depth == _DEPTH:
                raise LimitExceededError(Code.LIMIT_EXCEEDED, f"nested deeper than {_DEPTH}", where=f"byte {start}")
            return Element(kind, start, children=tuple(self.read(depth + 1) for _ in range(length)))
        # An octet string of length 0 would end before it began: that byte is the end of a message.
        if kind is Kind.OCTETS and length == 0 and self.offset == start + 1:
            return Element(Kind.END, start)
        return self._primitive(kind, start, self._take(length - (self.offset - start)))

    def _head(self) -> tuple[Kind, int]:
        start = self.offset
        byte = self._take(1)[0]
        kind = _KINDS.get(byte >> 4 & 7)
        if kind is None:
            raise malformed(f"type {byte >> 4 & 7} is not defined", start)
        length = byte & 0x0F
        while byte & 0x80:
            byte = self._take(1)[0]
            if byte & 0x70 or self.offset - start > _HEAD_BYTES:
                raise malformed("a length that goes on in an undefined way", start)
            length = length << 4 | byte & 0x0F
        return kind, length

    def _take(self, size: int) -> bytes:
        start = self.offset
        if size < 0:
            raise malformed("a length that does not count itself", start)
        taken = self._encoded[start : start + size]
        if len(taken) != size:
            raise malformed(f"cut off: {size} bytes are announced, {len(taken)} are there", start)
        self.offset = start + size
        return taken

    def _primitive(self, kind: Kind, start: int, value: bytes) -> Element:
        if kind is Kind.OCTETS:
            return Element(kind, start, octets=value) if value else Element(Kind.ABSENT, start)
        if len(value) not in _NUMBER_BYTES or (kind is Kind.BOOLEAN and len(value) != 1):
            raise malformed(f"a number or truth value of {len(value)} bytes", start)
        if kind is Kind.BOOLEAN:
            return Element(kind, start, number=int(value != b"\0"))
        return Element(kind, start, number=int.from_bytes(value, "big", signed=kind is Kind.INTEGER))
