"""ASN.1 as CMS is written: definite and indefinite lengths, read into a tree in one pass and in linear time.

Nothing calls itself here, so that no depth of nesting reaches Python's stack. Certificates are walked through like all
else, which costs one element each for about 20 bytes.

Source: ITU-T X.690, 8.1 (tags, lengths, end-of-contents octets), 8.7 (OCTET STRING in chunks).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError

if TYPE_CHECKING:
    from collections.abc import Iterator

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31
#: The constructed form of OCTET STRING: chunks of it, one behind the other.
OCTET_STRING_CHUNKS = 0x24

#: Levels of nesting; a signature with certificates has about 15.
DEPTH = 32
#: Elements of one structure. OpenSSL cuts 20 MB into 20 000 chunks; a certificate has about 80 elements.
ELEMENTS = 100_000
#: Octets in which a length is written; the cap on files needs 4.
_LENGTH_OCTETS = 4
_CONSTRUCTED = 0x20
#: Tags of more than one octet; nothing in CMS or X.509 has one.
_LONG_TAG = 0x1F
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\0\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element as received: `data[start:end]`, its content between `body` and `body_end`."""

    data: bytes = field(repr=False)
    #: The first octet.
    tag: int
    start: int
    body: int
    body_end: int
    #: Behind the end-of-contents octets, where the length is indefinite.
    end: int
    #: Of a constructed element.
    children: tuple[Element, ...] = ()

    @property
    def encoded(self) -> bytes:
        """The element as received."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """What is inside, without tag, length and end-of-contents octets."""
        return self.data[self.body : self.body_end]


@dataclass(slots=True, kw_only=True)
class _Opened:
    """A constructed element whose end has not come yet."""

    tag: int
    start: int
    body: int
    #: Where it ends; of an indefinite one where it must have ended at the latest.
    bound: int
    indefinite: bool
    children: list[Element] = field(default_factory=list)

    def close(self, data: bytes, body_end: int, end: int) -> Element:
        return Element(
            data=data,
            tag=self.tag,
            start=self.start,
            body=self.body,
            body_end=body_end,
            end=end,
            children=tuple(self.children),
        )


def read(data: bytes) -> Element:
    """Read one structure that fills the bytes.

    Args:
        data: from its first to its last byte.

    Returns:
        The outermost element.

    Raises:
        MalformedPayloadError: TRUNCATED, when the bytes end inside it; TRAILING_DATA, when they go on behind it;
            CONTAINER_INVALID, when it is no BER, or none that CMS needs.
        LimitExceededError: nested deeper than 32 levels, or more than 100 000 elements.
    """
    outermost = _read(data)
    if outermost.end != len(data):
        raise MalformedPayloadError(Code.TRAILING_DATA, "more follows behind it", where=f"byte {outermost.end}")
    return outermost


def _read(data: bytes) -> Element:
    opened: list[_Opened] = []
    at = 0
    for _ in range(ELEMENTS):
        bound = opened[-1].bound if opened else len(data)
        if opened and opened[-1].indefinite and data[at : min(at + 2, bound)] == _END_OF_CONTENTS:
            done = opened.pop().close(data, at, at + 2)
        else:
            tag, body, length = _header(data, at, bound, opened)
            if tag & _CONSTRUCTED:
                if len(opened) == DEPTH:
                    raise LimitExceededError(Code.LIMIT_EXCEEDED, f"nested deeper than {DEPTH}", where=f"byte {at}")
                end = bound if length is None else body + length
                opened.append(_Opened(tag=tag, start=at, body=body, bound=end, indefinite=length is None))
                at = body
                # Nothing inside: it ends where it began.
                if length != 0:
                    continue
                done = opened.pop().close(data, at, at)
            else:
                end = body + (length or 0)
                done = Element(data=data, tag=tag, start=at, body=body, body_end=end, end=end)
        at = done.end
        while opened:
            opened[-1].children.append(done)
            if opened[-1].indefinite or at < opened[-1].bound:
                break
            done = opened.pop().close(data, at, at)
        else:
            return done
    raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {ELEMENTS} ASN.1 elements", where=f"byte {at}")


def _header(data: bytes, at: int, bound: int, opened: list[_Opened]) -> tuple[int, int, int | None]:
    """Tag, where the content begins, and its length; None for an indefinite one."""
    if bound - at < 2:
        raise _too_long(at, opened)
    tag, first = data[at], data[at + 1]
    if tag == 0 or tag & _LONG_TAG == _LONG_TAG:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"tag {tag:02X} has no place here", where=f"byte {at}")
    if first == _INDEFINITE and tag & _CONSTRUCTED:
        return tag, at + 2, None
    octets = first & 0x7F if first & _INDEFINITE else 0
    if first & _INDEFINITE and not 0 < octets <= _LENGTH_OCTETS:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"no length is written {first:02X}", where=f"byte {at}")
    body = at + 2 + octets
    length = int.from_bytes(data[at + 2 : body], "big") if octets else first
    if body > bound or length > bound - body:
        raise _too_long(at, opened)
    return tag, body, length


def _too_long(at: int, opened: list[_Opened]) -> MalformedPayloadError:
    if all(around.indefinite for around in opened):
        return MalformedPayloadError(Code.TRUNCATED, "the bytes end inside an ASN.1 element", where=f"byte {at}")
    detail = "an ASN.1 element is longer than the one that it stands in"
    return MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=f"byte {at}")


class Fields:
    """The elements inside a SEQUENCE, taken one after the other; what nobody takes is an error, not passed over."""

    __slots__ = ("_around", "_at")

    def __init__(self, around: Element, tag: int = SEQUENCE) -> None:
        """Begin in front of the first field.

        Args:
            around: the element whose fields are taken.
            tag: what it has to be.

        Raises:
            MalformedPayloadError: CONTAINER_INVALID, when it is something else.
        """
        if around.tag != tag:
            raise _unexpected(around, tag)
        self._around = around
        self._at = 0

    def take(self, *tags: int) -> Element:
        """The next field, which has to be one of these.

        Args:
            tags: first octets; none takes whatever stands there.

        Raises:
            MalformedPayloadError: CONTAINER_INVALID, when it is missing or something else.
        """
        if self.is_at_end():
            detail = "an ASN.1 structure has too few fields"
            raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=f"byte {self._around.start}")
        found = self._around.children[self._at]
        if tags and found.tag not in tags:
            raise _unexpected(found, tags[0])
        self._at += 1
        return found

    def maybe(self, *tags: int) -> Element | None:
        """The next field, if it is one of these; else None, and it is still the next.

        Args:
            tags: first octets.
        """
        rest = self._around.children[self._at : self._at + 1]
        return self.take() if rest and rest[0].tag in tags else None

    def is_at_end(self) -> bool:
        """Whether all fields have been taken."""
        return self._at == len(self._around.children)

    def end(self) -> None:
        """Say that nothing more may follow.

        Raises:
            MalformedPayloadError: CONTAINER_INVALID, when something does.
        """
        for extra in self._around.children[self._at :]:
            detail = f"a field with tag {extra.tag:02X} that the structure does not have"
            raise MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=f"byte {extra.start}")


def only(around: Element, tag: int, inside: int) -> Element:
    """The one field of an element that has one (EXPLICIT tags).

    Args:
        around: the element.
        tag: what it has to be.
        inside: what its field has to be.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is anything else.
    """
    fields = Fields(around, tag)
    found = fields.take(inside) if inside != OCTET_STRING else fields.take(OCTET_STRING, OCTET_STRING_CHUNKS)
    fields.end()
    return found


def octets(string: Element) -> bytes:
    """The bytes of an OCTET STRING, in one piece or in chunks.

    Args:
        string: as received.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it or one of its chunks is something else.
    """
    return b"".join(_chunks(string))


def _chunks(string: Element) -> Iterator[bytes]:
    # Chunks of chunks are as deep as `read` lets them be.
    if string.tag == OCTET_STRING:
        yield string.content
    elif string.tag == OCTET_STRING_CHUNKS:
        for chunk in string.children:
            yield from _chunks(chunk)
    else:
        raise _unexpected(string, OCTET_STRING)


def integer(number: Element) -> int:
    """An INTEGER as it is written, two's complement.

    Args:
        number: as received.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is something else or has no octets.
    """
    if number.tag != INTEGER or not number.content:
        raise _unexpected(number, INTEGER)
    return int.from_bytes(number.content, "big", signed=True)


def dotted(identifier: Element) -> str:
    """An OBJECT IDENTIFIER as people write it: 06 03 55 04 03 gives 2.5.4.3.

    Args:
        identifier: as received.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is something else, or more than 64 octets.
    """
    content = identifier.content
    if identifier.tag != OBJECT_IDENTIFIER or not 0 < len(content) <= 64 or content[-1] & 0x80:
        raise _unexpected(identifier, OBJECT_IDENTIFIER)
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _unexpected(found: Element, tag: int) -> MalformedPayloadError:
    detail = f"an ASN.1 element with tag {found.tag:02X} stands where {tag:02X} should"
    return MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=f"byte {found.start}")
