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

    __slots__ = ("_elements", "repeats")

    def __init__(self, elements: list[tuple[tuple[bytes, ...], ...]], *, repeats: bool = False) -> None:
        """Elements of repetitions of components; made by `read`."""
        self._elements = elements
        #: Whether any element states more than one thing; never in syntax 3.
        self.repeats = repeats

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


def is_count(stated: str, count: int) -> bool:
    """Whether a text states a number of segments or messages; zeros in front do not matter.

    Args:
        stated: as a trailer states it.
        count: what was counted.
    """
    return stated.isascii() and stated.isdecimal() and stated.lstrip("0") == str(count).lstrip("0")


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
    component, element, _, release, repetition, _ = separators
    body = data[segment.start : segment.end - 1]
    # A segment with fewer bytes than the cap cannot have more elements.
    if len(body) > limits.segment_elements < max(body.count(element), body.count(component)):
        detail = f"a segment of more than {limits.segment_elements} elements"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where=f"byte {segment.start}")
    if release not in body and (repetition is None or repetition not in body):
        return Fields([(tuple(part.split(component)),) for part in body.split(element)])
    parts = _split(body, element, release)
    if repetition is not None and repetition in body:
        repeated = [_split(part, repetition, release) for part in parts]
        elements = [tuple([_components(one, component, release) for one in each]) for each in repeated]
        return Fields(elements, repeats=any(len(each) > 1 for each in repeated))
    return Fields([(_components(part, component, release),) for part in parts])


def _components(part: bytes, component: bytes, release: bytes) -> tuple[bytes, ...]:
    if release not in part:
        return tuple(part.split(component))
    return tuple([_bare(one, release) if release in one else one for one in _split(part, component, release)])


def _split(text: bytes, separator: bytes, release: bytes) -> list[bytes]:
    """Split at the separators that are not released; release characters stay."""
    if release + separator not in text:
        return text.split(separator)
    return _splitter(separator, release).findall(text + separator)


@lru_cache(maxsize=256)
def _splitter(separator: bytes, release: bytes) -> Pattern[bytes]:
    # Each part takes its separator along: one that is released can then never be taken for the end of a part.
    plain = b"[^" + escape(separator) + escape(release) + b"]"
    return pattern(b"((?:%b++|%b.)*+)%b" % (plain, escape(release), escape(separator)), DOTALL)


def _bare(component: bytes, release: bytes) -> bytes:
    if component.count(release) < 2:
        return component.replace(release, b"")
    return _released(release).sub(rb"\1", component)


@lru_cache(maxsize=64)
def _released(release: bytes) -> Pattern[bytes]:
    return pattern(escape(release) + b"(.)", DOTALL)
