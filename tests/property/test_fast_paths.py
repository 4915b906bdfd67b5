"""What is read on a short way is read as on the long one: frames, JSON, times; and hostile texts cost no memory."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meter_sign.codes import Code
from meter_sign.errors import ContentError, LimitExceededError, MalformedPayloadError, MeterSignError
from meter_sign.formats import parse
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import PayloadFormat, SignedPayload
from meter_sign.obis import parse_obis
from meter_sign.strict_json import ScannedJson, scan
from meter_sign.timestamps import parse_signed_time

#: Equal caps that are not the default object: with these every text takes the long way.
SAME_CAPS = Limits()
JSON_PIECES = (
    '"a"', '"b"', "{", "}", "[", "]", ",", ":", " ", "\n", "1", "-0", "0.10", "12345678901234", "1e3", "1E400", "NaN",
    "Infinity", "null", "true", '"\\u00e4"', '"\\ud800"', '"', "\\",
)  # fmt: skip
NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,34})(\.[0-9]{1,34})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)


def sections_of(text: str) -> int:
    """Count the sections character by character: the plainest way to say what a separator is."""
    sections, in_string, escaped = 1, False, False
    for character in text:
        if escaped:
            escaped = False
        elif in_string and character == "\\":
            escaped = True
        elif character == '"':
            in_string = not in_string
        elif character == "|" and not in_string:
            sections += 1
    return sections


def parse_code(text: str) -> Code | None:
    """Parse a record and give the code of its refusal."""
    try:
        parse(SignedPayload(format=PayloadFormat.OCMF, index=0, raw=text.encode()))
    except MeterSignError as error:
        return error.code
    return None


def answer(text: str, limits: Limits) -> ScannedJson | tuple[type, Code]:
    """Scan a text, or tell its refusal."""
    try:
        scanned = scan(text, limits)
    except MalformedPayloadError as error:
        return type(error), error.code
    # Equal numbers may be written differently; the spelling counts.
    return scanned._replace(value=repr(scanned.value))


def test_separators_are_those_outside_of_strings() -> None:
    """Every text of up to six of the characters that matter is cut where counting by hand cuts it."""
    wrong = [
        text
        for length in range(7)
        for text in map("".join, product('"|\\a', repeat=length))
        if (parse_code(f"OCMF|{text}") is Code.FRAME_INVALID) != (sections_of(text) not in {2, 3})
    ]
    assert [] == wrong


@pytest.mark.parametrize("filling", ['"', "\\", '"\\', '\\"', '""a', "|", 'a"'])
def test_frame_scan_remembers_nothing(filling: str) -> None:
    """100 kB of quotes and backslashes leave no trail to go back on: a scan that backtracks keeps over 6 MB of it."""
    raw = f"OCMF|{filling * (100_000 // len(filling))}".encode()
    payload = SignedPayload(format=PayloadFormat.OCMF, index=0, raw=raw)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedPayloadError):
            parse(payload)
        assert 2_000_000 > tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@given(st.lists(st.sampled_from(JSON_PIECES), max_size=12).map("".join))
def test_json_is_read_alike_on_both_ways(text: str) -> None:
    """Value, breaches and refusals do not depend on which decoder reads a text."""
    assert answer(text, SAME_CAPS) == answer(text, DEFAULT_LIMITS)


@given(NUMBERS)
@example("0.000000000001")
@example("0.0000000000001")
@example("9" * 16)
@example("9" * 17)
def test_numbers_are_read_alike_on_both_ways(literal: str) -> None:
    """The same digits, and the same caps, on both ways."""
    assert answer(f"[{literal}]", SAME_CAPS) == answer(f"[{literal}]", DEFAULT_LIMITS)


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.none()),  # noqa: DTZ001 - local on purpose
    st.integers(-1439, 1439),
    st.integers(0, 6),
)
def test_time_is_the_local_time_less_its_offset(local: datetime, offset: int, digits: int) -> None:
    """Any instant in any offset, with any number of decimals, is the instant that was written."""
    microsecond = int(f"{local.microsecond:06}"[:digits].ljust(6, "0"))
    expected = local.replace(microsecond=microsecond, tzinfo=timezone(timedelta(minutes=offset))).astimezone(UTC)
    fraction = f",{local.microsecond:06}"[: 1 + digits] if digits else ""
    hours, minutes = divmod(abs(offset), 60)
    stated = f"{local:%Y-%m-%dT%H:%M:%S}".zfill(19) + f"{fraction}{'-' if offset < 0 else '+'}{hours:02}{minutes:02} S"
    assert (expected, UTC) == ((at := parse_signed_time(stated, where="/TM").at), at.tzinfo)


@pytest.mark.parametrize("stated", ["24:00:00,000+0100", "23:60:00,000+0100", "23:59:60,000+0100",
                                    "08:00:00,000+2400", "08:00:00,000-2400", "08:00:00,000+0060"])  # fmt: skip
def test_impossible_clock_is_no_time(stated: str) -> None:
    """Midnight at 24 o'clock, leap seconds, and offsets of a day or of 60 minutes are refused on every Python."""
    with pytest.raises(ContentError) as caught:
        parse_signed_time(f"2024-03-01T{stated} S", where="/TM")
    assert Code.TIME_INVALID is caught.value.code


def test_long_text_is_no_register() -> None:
    """Blanks around a code do not count, however many; what is longer than any code is none."""
    assert ("1-0:1.8.0", None) == (str(parse_obis(" " * 1000 + "1-0:1.8.0")), parse_obis("1-0:1.8.0*" + "2" * 1000))


def test_longest_register_is_read() -> None:
    """All six groups with three characters each are within the length that is looked at."""
    assert "111-112:113.114.115*116" == str(parse_obis("111-112:113.114.115*116"))


def test_nesting_is_capped_on_the_short_way() -> None:
    """A text that is usual in all else is still refused when it is nested too deeply."""
    deep = DEFAULT_LIMITS.json_depth + 1
    with pytest.raises(LimitExceededError):
        scan("[" * deep + "]" * deep)
