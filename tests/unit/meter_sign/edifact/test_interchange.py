"""Interchanges and their messages: where each lies, and the counts and references of the frame."""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, MeterSignError, UnsupportedPayloadError
from meter_sign.formats.edifact.interchange import Interchange, read_interchanges
from meter_sign.formats.edifact.segments import DEFAULTS, Separators
from meter_sign.limits import DEFAULT_LIMITS, Limits
from tests.support.edifact_files import UNA_3, UNA_4, interchange, message

FIRST, SECOND = message(b"BGM+7'"), message(b"BGM+8'", b"2", b"INVOIC:D:01B:UN")
TWO = interchange(FIRST, SECOND)


def only(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Interchange:
    """The one interchange of a file."""
    (found,) = read_interchanges(raw, limits)
    return found


def frame_codes(raw: bytes) -> tuple[list[Code], list[list[Code]]]:
    """What the frame of the one interchange does wrong, and those of its messages."""
    found = only(raw)
    return [one.code for one in found.problems], [[one.code for one in each.problems] for each in found.messages]


def refusal(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[type[MeterSignError], Code]:
    """Why a file cannot be read at all."""
    with pytest.raises(MeterSignError) as caught:
        read_interchanges(raw, limits)
    return type(caught.value), caught.value.code


def test_offsets_are_those_of_the_received_bytes() -> None:
    """From UNB behind UNZ, from UNH behind UNT; UNA belongs to neither."""
    found = only(TWO)
    assert TWO[found.start : found.end] == TWO.removeprefix(UNA_4)
    assert [TWO[one.start : one.end] for one in found.messages] == [FIRST, SECOND]


def test_frame_is_read() -> None:
    """Parties, references, types and version."""
    found = only(TWO)
    assert (found.sender, found.recipient, found.reference, found.syntax) == (("1", "500"), ("2", "500"), "IC1", 4)
    assert [(one.reference, one.type) for one in found.messages] == [("1", "MSCONS"), ("2", "INVOIC")]
    assert frame_codes(TWO) == ([], [[], []])


def test_several_interchanges_follow_each_other() -> None:
    """Each with a UNA of its own, or without one."""
    raw = TWO + b"\r\n" + interchange(FIRST, una=b"", reference=b"IC2") + interchange(una=UNA_3, syntax=b"UNOC:3")
    found = read_interchanges(raw, DEFAULT_LIMITS)
    assert [(one.syntax, len(one.messages)) for one in found] == [(4, 2), (4, 1), (3, 0)]


@pytest.mark.parametrize(
    ("syntax", "default"), [(b"UNOC:4", DEFAULTS[4]), (b"UNOC:3", DEFAULTS[3]), (b"UNOA:1", DEFAULTS[3])]
)
def test_without_una_the_version_has_its_separators(syntax: bytes, default: Separators) -> None:
    """Version 4 repeats by an asterisk, earlier ones by nothing (R8)."""
    found = only(interchange(FIRST, una=b"", syntax=syntax))
    assert (found.separators, found.una_is_default) == (default, True)


@pytest.mark.parametrize(
    ("una", "syntax", "default"),
    [
        (UNA_4, b"UNOC:4", True),
        (b"UNA:+,?*'", b"UNOC:4", True),
        (UNA_3, b"UNOC:3", True),
        (b"UNA:+,? '", b"UNOC:3", True),
        (UNA_3, b"UNOC:4", False),
        (UNA_4, b"UNOC:3", False),
        (b"UNA:+.!*'", b"UNOC:4", False),
        (b"UNA:+;?*'", b"UNOC:4", False),
    ],
)
def test_una_is_default_or_not(una: bytes, syntax: bytes, *, default: bool) -> None:
    """As the version has it, but for the decimal mark (R8)."""
    assert only(interchange(FIRST, una=una, syntax=syntax)).una_is_default is default


def test_una_states_other_separators() -> None:
    """They hold, whether that is allowed or not."""
    raw = b"UNA.;,!*~UNB;UNOC.4;1;2;20260115.1200;IC1~UNH;1;MSCONS.D.04B.UN~UNT;2;1~UNZ;1;IC1~"
    found = only(raw)
    assert (found.messages[0].type, found.problems, found.una_is_default) == ("MSCONS", (), False)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ((b"UNT+3+1'", b"UNT+4+1'"), ([], [[Code.UNT_COUNT], []])),
        ((b"UNT+3+1'", b"UNT++1'"), ([], [[Code.UNT_COUNT], []])),
        ((b"UNT+3+1'", b"UNT+3+9'"), ([], [[Code.UNT_REF], []])),
        ((b"UNT+3+1'", b"UNT+4+9'"), ([], [[Code.UNT_COUNT, Code.UNT_REF], []])),
        ((b"UNZ+2+IC1'", b"UNZ+1+IC1'"), ([Code.UNZ_COUNT], [[], []])),
        ((b"UNZ+2+IC1'", b"UNZ+2+IC2'"), ([Code.UNZ_REF], [[], []])),
        ((b"UNZ+2+IC1'", b"UNZ+2+IC1'x"), ([Code.TRAILING_DATA], [[], []])),
        ((b"UNZ+2+IC1'", b"UNZ+2+IC1' "), ([Code.TRAILING_DATA], [[], []])),
        ((b"UNZ+2+IC1'", b""), ([Code.TRUNCATED], [[], []])),
        ((b"UNZ+2+IC1'", b"UNZ+2+IC1"), ([Code.TRUNCATED], [[], []])),
        ((b"UNT+3+1'", b""), ([], [[Code.TRUNCATED], []])),
        ((b"UNT+3+2'", b""), ([], [[], [Code.TRUNCATED]])),
        ((b"UNH+2", b"LIN+1'UNH+2"), ([Code.UNSIGNED_SEGMENTS], [[], []])),
        ((b"UNH+1", b"LIN+1'UNH+1"), ([Code.UNSIGNED_SEGMENTS], [[], []])),
        ((b"BGM+8'", b"bgm+8'"), ([Code.FRAME_INVALID], [[], [Code.TRUNCATED]])),
    ],
)
def test_frame_that_is_wrong_is_told_where_it_belongs(
    change: tuple[bytes, bytes], codes: tuple[list[Code], list[list[Code]]]
) -> None:
    """What is wrong with one message is not wrong with the other; no message gets lost (R16)."""
    assert TWO.count(change[0]) == 1
    assert frame_codes(TWO.replace(*change)) == codes


def test_line_breaks_behind_unz_are_no_data() -> None:
    """Files end with them."""
    assert only(TWO + b"\r\n\r\n").problems == ()


def test_groups_of_messages_are_counted() -> None:
    """UNZ counts groups where there are any (UNG, UNE)."""
    raw = TWO.replace(FIRST, b"UNG+MSCONS'" + FIRST).replace(b"UNZ+2", b"UNE+2+1'UNZ+1")
    assert only(raw).problems == ()


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (b"", (MalformedPayloadError, Code.NOT_EDIFACT)),
        (b"UNB", (MalformedPayloadError, Code.NOT_EDIFACT)),
        (b" " + TWO, (MalformedPayloadError, Code.NOT_EDIFACT)),
        (b"\xef\xbb\xbf" + TWO, (MalformedPayloadError, Code.FRAME_INVALID)),
        (TWO.replace(UNA_4, b"UNA++.?*'"), (MalformedPayloadError, Code.FRAME_INVALID)),
        (TWO.replace(UNA_4, b"UNA:+.?*A"), (MalformedPayloadError, Code.FRAME_INVALID)),
        (TWO.replace(b"UNOC:4", b"UNOC:5"), (UnsupportedPayloadError, Code.FORMAT_VERSION_UNSUPPORTED)),
        (b"UNB+UNOC:4+1+2", (MalformedPayloadError, Code.TRUNCATED)),
    ],
)
def test_file_that_cannot_be_read_is_refused(raw: bytes, refused: tuple[type[MeterSignError], Code]) -> None:
    """Nothing begins, a mark stands in front, one character has two meanings, an unknown version, no end."""
    assert refusal(raw) == refused


def test_further_interchange_that_cannot_be_read_is_told_of_the_last() -> None:
    """The messages in front of it are there."""
    found = only(TWO + b"UNB+UNOC:9+1+2+20260115:1200+IC2'")
    assert ([one.code for one in found.problems], len(found.messages)) == ([Code.FORMAT_VERSION_UNSUPPORTED], 2)


@pytest.mark.parametrize("limits", [Limits(edifact_bytes=100), Limits(messages=1), Limits(segment_bytes=10)])
def test_caps_hold(limits: Limits) -> None:
    """Bytes, messages, bytes of a segment."""
    assert refusal(TWO, limits) == (LimitExceededError, Code.LIMIT_EXCEEDED)


def test_cap_on_values_is_that_of_the_whole_file() -> None:
    """However few bytes a value takes, and in whatever messages the values stand."""
    with_values = TWO.replace(b"BGM+7'UNT+3", b"QTY+220:1'UNT+3").replace(b"BGM+8'UNT+3", b"QTY+220:1'UNT+3")
    assert refusal(with_values, Limits(quantities=1)) == (LimitExceededError, Code.LIMIT_EXCEEDED)
    assert only(with_values, Limits(quantities=2)).problems == ()
