"""Bytes to segments, against a reader of one byte after the other and against a library of others (pydifact)."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydifact.control import Characters
from pydifact.parser import Parser
from pydifact.tokenizer import Tokenizer

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, MeterSignError
from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.formats.edifact.segments import DEFAULTS, Fields, Segment, Separators, cut, read
from meter_sign.limits import DEFAULT_LIMITS

#: Elements of repetitions of components, as in `Fields`; the tag is the first element.
Elements: TypeAlias = list[list[list[bytes]]]

ODD = Separators(b"|", b"^", b",", b"\\", b"~", b"\x00")
SEPARATORS = st.sampled_from([DEFAULTS[3], DEFAULTS[4], ODD])
#: Everything that means something, and a little that does not.
PIECES = st.lists(st.sampled_from([b"?", b"+", b":", b"*", b"'", b"UNH", b"A1", b"\r\n", b"\n", b" ", b"\xe4", b"."]))
TEXTS = st.lists(st.sampled_from(list(b"?+:*'A9 .\r\n\xff|^\\~\x00")), max_size=6).map(bytes)
TAGS = st.from_regex(rb"[A-Z][A-Z0-9]{2}", fullmatch=True)
COMPONENTS = st.lists(TEXTS, min_size=1, max_size=4)
ELEMENTS = st.lists(st.lists(COMPONENTS, min_size=1, max_size=3), max_size=4)
BREAKS = st.sampled_from([b"", b"\r\n", b"\n", b"\r\n\r\n"])


def cut_by_hand(data: bytes, separators: Separators) -> list[Segment | Code]:
    """Cut one byte after the other; the code of what stopped it stands last."""
    found: list[Segment | Code] = []
    start, at = 0, 0
    while at < len(data):
        one = data[at : at + 1]
        if start == at and one in {b"\r", b"\n"}:
            start = at = at + 1
        elif one == separators.release:
            at += 2
        elif one == separators.terminator:
            at += 1
            tag = data[start : start + 3]
            if not (len(tag) == 3 and tag[:1].isupper() and all(65 <= b <= 90 or 48 <= b <= 57 for b in tag)):
                return [*found, Code.FRAME_INVALID]
            found.append(Segment(tag.decode(), start, at))
            start = at
        else:
            at += 1
    return found if start >= len(data) else [*found, Code.TRUNCATED]


def read_by_hand(text: bytes, separators: Separators) -> Elements:
    """Read one byte after the other."""
    elements: Elements = [[[b""]]]
    at = 0
    while at < len(text):
        one = text[at : at + 1]
        if one == separators.release:
            elements[-1][-1][-1] += text[at + 1 : at + 2]
            at += 1
        elif one == separators.element:
            elements.append([[b""]])
        elif one == separators.repetition:
            elements[-1].append([b""])
        elif one == separators.component:
            elements[-1][-1].append(b"")
        else:
            elements[-1][-1][-1] += one
        at += 1
    return elements


def cut_by_product(data: bytes, separators: Separators) -> list[Segment | Code]:
    """The same from the code under test."""
    found: list[Segment | Code] = []
    try:
        found.extend(cut(data, 0, separators, DEFAULT_LIMITS))
    except MeterSignError as error:
        # `extend` keeps what came before the error.
        found.append(error.code)
    return found


def elements_of(fields: Fields) -> Elements:
    """All of a segment's elements, the tag first."""
    return [[list(one) for one in fields.repetitions(element)] for element in range(len(fields) + 1)]


def released(text: bytes, separators: Separators) -> bytes:
    """Put a release character in front of every byte that has a meaning."""
    meanings = {separators.component, separators.element, separators.release, separators.terminator}
    meanings |= set() if separators.repetition is None else {separators.repetition}
    return b"".join(separators.release * (bytes([one]) in meanings) + bytes([one]) for one in text)


def written(tag: bytes, elements: Elements, separators: Separators) -> bytes:
    """Write a segment; where nothing repeats, only the first of the repetitions."""
    parts = [tag]
    for element in elements:
        repeated = [separators.component.join(released(one, separators) for one in parts) for parts in element]
        parts.append(repeated[0] if separators.repetition is None else separators.repetition.join(repeated))
    return separators.element.join(parts) + separators.terminator


@given(PIECES.map(b"".join) | st.binary(max_size=80), SEPARATORS)
@example(b"UNA?'", DEFAULTS[4])
@example(b"UNT+?\r\n'\r\n", DEFAULTS[4])
def test_any_bytes_are_cut_as_by_hand(data: bytes, separators: Separators) -> None:
    """The same segments, and the same complaint at the same place, as when each byte is looked at."""
    assert cut_by_hand(data, separators) == cut_by_product(data, separators)


@given(TAGS, st.lists(st.sampled_from([b"?", b"+", b":", b"*", b"A", b"\n", b"\xff"]), max_size=30), SEPARATORS)
@example(b"USR", [b"+", b"1", b":", b"a", b"?", b"+", b"+"], DEFAULTS[3])
@example(b"USR", [b"+", b"2", b":", b"?", b"*", b"*", b"3"], DEFAULTS[4])
def test_any_segment_is_read_as_by_hand(tag: bytes, pieces: list[bytes], separators: Separators) -> None:
    """The same elements, repetitions and components as when each byte is looked at, released ones at every place."""
    data = tag + b"".join(pieces) + separators.terminator
    found = cut_by_product(data, separators)
    assume(len(found) == 1 and isinstance(found[0], Segment))
    segment = found[0]
    assert isinstance(segment, Segment)
    fields = read(data, segment, separators, DEFAULT_LIMITS)
    assert read_by_hand(data[: segment.end - 1], separators) == elements_of(fields)


@given(TAGS, ELEMENTS, SEPARATORS)
def test_what_was_written_is_read(tag: bytes, elements: Elements, separators: Separators) -> None:
    """Any octets come back from a segment, whatever they mean elsewhere; in syntax 4 and odd UNAs all repetitions."""
    data = written(tag, elements, separators)
    (segment,) = cut(data, 0, separators, DEFAULT_LIMITS)
    kept = [element[:1] if separators.repetition is None else element for element in elements]
    assert [[[tag]], *kept] == elements_of(read(data, segment, separators, DEFAULT_LIMITS))


@given(st.lists(st.tuples(TAGS, ELEMENTS, BREAKS)), SEPARATORS)
def test_segments_and_line_breaks_tile_the_input(
    parts: list[tuple[bytes, Elements, bytes]], separators: Separators
) -> None:
    """Segments follow each other in order, and what lies between two of them is line breaks only."""
    data = b"".join(written(tag, elements, separators) + breaks for tag, elements, breaks in parts)
    segments = list(cut(data, 0, separators, DEFAULT_LIMITS))
    edges = [0, *(edge for segment in segments for edge in segment[1:]), len(data)]
    assert len(parts) == len(segments)
    assert b"" == b"".join(data[left:right] for left, right in list(pairwise(edges))[::2]).strip(b"\r\n")


@given(st.lists(st.tuples(TAGS, ELEMENTS, BREAKS), min_size=1, max_size=4))
@example([(b"USR", [[[b"1", b"A+"]], [[b"B"]]], b"")])
def test_syntax_3_is_read_as_pydifact_reads_it(parts: list[tuple[bytes, Elements, bytes]]) -> None:
    """The same tags and components; empty components at an element's end, which pydifact drops, are left out."""
    data = b"".join(written(tag, elements, DEFAULTS[3]) + breaks for tag, elements, breaks in parts)
    # Without its factory, which warns of every segment that its directory does not have.
    tokens = Tokenizer().get_tokens(data.decode("latin-1"), Characters())
    others = [[as_components(element) for element in one] for one in Parser().convert_tokens_to_raw_segments(tokens)]
    ours = [
        [components(element[0]) for element in elements_of(read(data, one, DEFAULTS[3], DEFAULT_LIMITS))]
        for one in cut(data, 0, DEFAULTS[3], DEFAULT_LIMITS)
    ]
    assert others == ours


def as_components(element: str | list[str]) -> list[bytes]:
    """What pydifact gives of an element: a text, or a list of texts."""
    parts = [element] if isinstance(element, str) else element
    return components([part.encode("latin-1") for part in parts])


def components(parts: list[bytes]) -> list[bytes]:
    """Without the empty ones at the end."""
    while parts and not parts[-1]:
        parts = parts[:-1]
    return parts


@given(
    st.sampled_from([b"", b"UNA:+.?*'", b"UNB+UNOC:3+S+R+260115:1200+1'", b"UNB+UNOC:4+S+R+20260115:1200+1'"]),
    st.lists(
        st.sampled_from(
            [b"UNB+UNOC:3+", b"UNH+1+MSCONS:D:04B:UN'", b"UNT+2+1'", b"UNZ+1+1'", b"UNG+", b"UNE'", b"UNA", b"?", b"'",
             b"\r\n", b"\xef\xbb\xbf", b"+:*"]
        )
        | st.binary(max_size=12)
    ).map(b"".join),
)  # fmt: skip
@example(b"", b"UNA'''''''UNB+")
@example(b"UNB+UNOC:3+S+R+260115:1200+1'", b"UNZ+\xb2+1'")
def test_any_bytes_are_interchanges_or_our_error(beginning: bytes, rest: bytes) -> None:
    """No input makes the frame's reader fail in a way that nobody handles, and messages lie inside the input."""
    data = beginning + rest
    try:
        found = read_interchanges(data, DEFAULT_LIMITS)
    except MeterSignError as error:
        assert error.code  # noqa: PT017 - any of our errors will do, with its code
        return
    assert all(0 <= one.start <= message.start <= message.end <= one.end <= len(data)
               for one in found for message in one.messages)  # fmt: skip


def test_ten_megabytes_need_no_memory() -> None:
    """Cutting keeps nothing of what it has passed: 400 000 segments fit in 100 kB beside the file itself."""
    data = b"QTY+220:1000.500:KWH'DTM+9:202601150900?+00:303'" * 208_334
    assert len(data) > 10_000_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in cut(data, 0, DEFAULTS[4], DEFAULT_LIMITS))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 416_668 == count
    assert 100_000 > peak


@pytest.mark.parametrize(("size", "fits"), [(0, True), (1, False)])
def test_longest_segment_is_the_cap(size: int, fits: bool) -> None:  # noqa: FBT001 - a case of the table
    """A segment of exactly the cap is read, one byte more is not; the terminator counts."""
    limits = replace(DEFAULT_LIMITS, segment_bytes=100)
    data = b"FTX+" + b"A" * (95 + size) + b"'"
    if fits:
        assert [Segment("FTX", 0, 100)] == list(cut(data, 0, DEFAULTS[3], limits))
    else:
        with pytest.raises(LimitExceededError):
            list(cut(data, 0, DEFAULTS[3], limits))


def test_unfinished_release_is_a_cut_file() -> None:
    """A release character that releases the last terminator leaves the segment open (R11)."""
    with pytest.raises(MalformedPayloadError) as caught:
        list(cut(b"UNZ+1+1?'", 0, DEFAULTS[3], DEFAULT_LIMITS))
    assert Code.TRUNCATED is caught.value.code
