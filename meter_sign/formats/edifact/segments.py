"""Bytes to segments: where each begins and ends, in one pass and in constant memory; elements only when asked for.

A segment reaches from its tag to just behind its terminator; line breaks between segments belong to none. What was
received is never written again: whoever needs bytes takes a slice.

Source: ISO 9735-1 (syntax 4), 5 and 7 to 9; edifact.md 2.2, R1, R8, R11.
"""

from __future__ import annotations

from functools import lru_cache
from re import DOTALL, escape
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Pattern

    from meter_sign.limits import Limits

LINE_BREAKS = b"\r\n"
_TAG = pattern(rb"[A-Z][A-Z0-9]{2}")


class Separators(NamedTuple):
    """The characters with a meaning, one byte each, as UNA states them or the syntax version has them."""

    component: bytes
    element: bytes
    decimal: bytes
    release: bytes
    #: None in syntax 3.
    repetition: bytes | None
    terminator: bytes


#: What holds without UNA, by syntax version.
DEFAULTS = {
    3: Separators(b":", b"+", b".", b"?", None, b"'"),
    4: Separators(b":", b"+", b".", b"?", b"*", b"'"),
}


class Segment(NamedTuple):
    """One segment: `data[start:end]`, its terminator included."""

    tag: str
    start: int
    end: int


def cut(data: bytes, start: int, separators: Separators, limits: Limits) -> Iterator[Segment]:
    """Cut bytes into segments, lazily: who stops asking reads no further.

    Args:
        data: the whole file as received.
        start: where the first segment begins.
        separators: of this interchange.
        limits: the cap on a segment.

    Returns:
        The segments, up to the end of the bytes.

    Raises:
        MalformedPayloadError: TRUNCATED, when the bytes end inside a segment; FRAME_INVALID, when one has no tag.
        LimitExceededError: a segment is longer than the cap.
    """
    segment_at = _segment_pattern(separators.terminator, separators.release).match
    tag_at, size, longest = _TAG.match, len(data), limits.segment_bytes
    at = _behind_breaks(data, start)
    while at < size:
        found = segment_at(data, at)
        if found is None:
            raise MalformedPayloadError(Code.TRUNCATED, "the file ends inside a segment", where=f"byte {at}")
        end, following = found.span()[1], found.end(1)
        if following - at > longest:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"a segment of more than {longest} bytes", where=f"byte {at}")
        tag = tag_at(data, at)
        if tag is None:
            raise MalformedPayloadError(Code.FRAME_INVALID, "no segment begins here", where=f"byte {at}")
        yield Segment(tag.group().decode("ascii"), at, following)
        at = end


def bare(part: bytes, separators: Separators) -> bytes:
    """The same segments without the line breaks between them, which are no data.

    Args:
        part: a slice of the received bytes that begins with a segment; what follows its last terminator is kept.
        separators: of the interchange.

    Returns:
        The segments one behind the other; the same bytes where no line break stands between any.
    """
    if b"\r" not in part and b"\n" not in part:
        return part
    return _segment_pattern(separators.terminator, separators.release).sub(rb"\1", part)


@lru_cache(maxsize=64)
def _segment_pattern(terminator: bytes, release: bytes) -> Pattern[bytes]:
    """One segment with its terminator, and the line breaks behind it; a released character never ends it."""
    plain = b"[^" + escape(terminator) + escape(release) + b"]"
    released = escape(release) + b"."
    return pattern(b"((?:%b++|%b)*+%b)[\r\n]*+" % (plain, released, escape(terminator)), DOTALL)


def _behind_breaks(data: bytes, at: int) -> int:
    while data[at : at + 1] in {b"\r", b"\n"}:
        at += 1
    return at


class Fields:
    """The elements of one segment, released characters already bare, read by their position."""

    __slots__ = ("_elements",)

    def __init__(self, elements: tuple[tuple[tuple[bytes, ...], ...], ...]) -> None:
        """Elements of repetitions of components; made by `read`."""
        self._elements = elements

    def __len__(self) -> int:
        """How many elements there are behind the tag."""
        return len(self._elements) - 1

    def bytes_of(self, element: int, component: int = 0, repetition: int = 0) -> bytes:
        """One component, or nothing where the segment does not have it.

        Args:
            element: from 1, as the directories count; 0 is the tag.
            component: from 0.
            repetition: from 0; always 0 in syntax 3.
        """
        try:
            return self._elements[element][repetition][component]
        except IndexError:
            return b""

    def text(self, element: int, component: int = 0, repetition: int = 0) -> str:
        """The same as text of ISO 8859-1, which every byte is."""
        return self.bytes_of(element, component, repetition).decode("latin-1")

    def repetitions(self, element: int) -> tuple[tuple[bytes, ...], ...]:
        """All repetitions of an element, each the tuple of its components; none where there is no such element."""
        return self._elements[element] if element < len(self._elements) else ()


def read(data: bytes, segment: Segment, separators: Separators, limits: Limits) -> Fields:
    """Split a segment into elements, repetitions and components, and take the release characters off.

    Args:
        data: the whole file as received.
        segment: of that file.
        separators: of its interchange.
        limits: the cap on elements.

    Raises:
        LimitExceededError: more elements or components than the cap.
    """
    body = data[segment.start : segment.end - 1]
    parts = _split(body, separators.element, separators.release)
    if len(parts) > limits.segment_elements or body.count(separators.component) > limits.segment_elements:
        detail = f"a segment of more than {limits.segment_elements} elements"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where=f"byte {segment.start}")
    return Fields(tuple(_element(part, separators) for part in parts))


def _element(part: bytes, separators: Separators) -> tuple[tuple[bytes, ...], ...]:
    repetition, release = separators.repetition, separators.release
    repeated = [part] if repetition is None else _split(part, repetition, release)
    return tuple(
        tuple(_bare(component, release) for component in _split(one, separators.component, release)) for one in repeated
    )


def _split(text: bytes, separator: bytes, release: bytes) -> list[bytes]:
    if release not in text:
        return text.split(separator)
    return _splitter(separator, release).findall(text + separator)


@lru_cache(maxsize=256)
def _splitter(separator: bytes, release: bytes) -> Pattern[bytes]:
    # Each part takes its separator along: one that is released can then never be taken for the end of a part.
    plain = b"[^" + escape(separator) + escape(release) + b"]"
    return pattern(b"((?:%b++|%b.)*+)%b" % (plain, escape(release), escape(separator)), DOTALL)


def _bare(component: bytes, release: bytes) -> bytes:
    return component if release not in component else _released(release).sub(rb"\1", component)


@lru_cache(maxsize=64)
def _released(release: bytes) -> Pattern[bytes]:
    return pattern(escape(release) + b"(.)", DOTALL)
