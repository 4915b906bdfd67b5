"""Bytes to segments and elements, by examples; tests/property has the same against other readers."""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.formats.edifact.segments import DEFAULTS, Fields, Segment, bare, cut, is_count, read
from meter_sign.limits import DEFAULT_LIMITS, Limits

SYNTAX_3, SYNTAX_4 = DEFAULTS[3], DEFAULTS[4]


def segments(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Segment]:
    """All segments of these bytes."""
    return list(cut(data, 0, SYNTAX_4, limits))


def fields(data: bytes, syntax: int = 4) -> Fields:
    """The elements of one segment."""
    return read(data, Segment(data[:3].decode(), 0, len(data)), DEFAULTS[syntax], DEFAULT_LIMITS)


def test_segment_reaches_behind_its_terminator() -> None:
    """Line breaks around segments belong to none."""
    assert segments(b"\r\nUNS+D'\r\nLIN+1'\n") == [Segment("UNS", 2, 8), Segment("LIN", 10, 16)]


def test_line_break_inside_a_segment_is_data() -> None:
    """Only breaks behind a terminator are none."""
    assert segments(b"FTX+a\r\nb'") == [Segment("FTX", 0, 9)]


@pytest.mark.parametrize(("text", "count"), [(b"FTX+a?'b'", 1), (b"FTX+a??'LIN'", 2), (b"FTX+a???'b'", 1)])
def test_released_terminator_ends_nothing(text: bytes, count: int) -> None:
    """A release character releases the next one, itself included (R11)."""
    assert len(segments(text)) == count


@pytest.mark.parametrize("text", [b"LIN+1", b"LIN+1'PIA", b"LIN+1?", b"LIN+1?'"])
def test_end_inside_a_segment_is_truncated(text: bytes) -> None:
    """Without terminator, or with one that is released."""
    with pytest.raises(MalformedPayloadError) as caught:
        segments(text)
    assert caught.value.code is Code.TRUNCATED


@pytest.mark.parametrize("text", [b"'", b"+1'", b"lin+1'", b" LIN+1'", b"\xefIN'"])
def test_segment_without_tag_is_refused(text: bytes) -> None:
    """A tag is a letter and two more characters."""
    with pytest.raises(MalformedPayloadError) as caught:
        segments(text)
    assert caught.value.code is Code.FRAME_INVALID


def test_segment_above_the_cap_is_refused() -> None:
    """In bytes, its terminator included."""
    limits = Limits(segment_bytes=10)
    assert len(segments(b"FTX+12345'", limits)) == 1
    with pytest.raises(LimitExceededError):
        segments(b"FTX+123456'", limits)


def test_elements_and_components_are_found_by_number() -> None:
    """Elements count from 1, components from 0; what is not there is empty."""
    found = fields(b"LOC+172+DE1:x::y'")
    assert (found.text(1), found.text(2), found.text(2, 1), found.text(2, 3)) == ("172", "DE1", "x", "y")
    assert (found.text(2, 2), found.text(2, 9), found.text(9), len(found)) == ("", "", "", 2)


def test_release_characters_are_taken_off_last() -> None:
    """What they release separates nothing (R11)."""
    found = fields(b"PIA+5+1-0?:1.8.0:SRW+a?+b??+?*'")
    assert (found.text(2), found.text(2, 1), found.text(3), found.text(4)) == ("1-0:1.8.0", "SRW", "a+b?", "*")


def test_repetitions_are_of_syntax_4() -> None:
    """In syntax 3 the asterisk is a character like others (R12)."""
    usr = b"USR+2:0A*3:0B'"
    assert fields(usr).repetitions(1) == ((b"2", b"0A"), (b"3", b"0B"))
    assert fields(usr, 3).repetitions(1) == ((b"2", b"0A*3", b"0B"),)


def test_bytes_are_characters_of_iso_8859_1() -> None:
    """Every byte is one, and none is lost."""
    assert fields(b"NAD+\xfc'").text(1) == "\u00fc"


@pytest.mark.parametrize("text", [b"FTX" + b"+" * 1001 + b"'", b"FTX+" + b":" * 1001 + b"'"])
def test_elements_above_the_cap_are_refused(text: bytes) -> None:
    """Elements and components."""
    with pytest.raises(LimitExceededError):
        fields(text)


@pytest.mark.parametrize(
    ("received", "stripped"),
    [
        (b"LIN+1'\r\nPIA+5'\n\n", b"LIN+1'PIA+5'"),
        (b"FTX+a\r\nb'PIA+5'", b"FTX+a\r\nb'PIA+5'"),
        (b"FTX+a?'\r\nb'\rPIA+5'", b"FTX+a?'\r\nb'PIA+5'"),
        (b"LIN+1'PIA+5'", b"LIN+1'PIA+5'"),
        (b"", b""),
    ],
)
def test_bare_segments_have_no_breaks_between_them(received: bytes, stripped: bytes) -> None:
    """Breaks inside of segments stay (R7)."""
    assert bare(received, SYNTAX_3) == stripped


@pytest.mark.parametrize(
    ("stated", "holds"),
    [
        ("26", True), ("026", True), ("0" * 40 + "26", True), ("0" * 13 + "260000", False), ("", False), ("2X", False),
        ("-26", False), (" 26", False), ("\u0662\u0666", False), ("26" * 5000, False),
    ],
)  # fmt: skip
def test_count_is_all_of_its_digits(stated: str, holds: bool) -> None:  # noqa: FBT001 - a case of the table
    """Zeros in front do not matter, and no digit behind is left out."""
    assert holds is is_count(stated, 26)
