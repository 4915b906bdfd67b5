"""JSON as evidence: exact numbers, nothing twice, nothing endless."""

from __future__ import annotations

from decimal import Decimal
from time import process_time
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError, LimitExceededError, MalformedPayloadError
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.strict_json import bounded_decimal, dumps, loads, scan


def nested(depth: int) -> list[Any]:
    """A list in a list, `depth` times around the innermost."""
    innermost: list[Any] = []
    for _ in range(depth):
        innermost = [innermost]
    return innermost


GOOD: list[tuple[bytes, Any]] = [
    (b"{}", {}),
    (b" [ ] ", []),
    (b'{"a":{"a":[{"a":1}]}}', {"a": {"a": [{"a": 1}]}}),
    (b'"\\"{[\\\\"', '"{[\\'),
    (b'["}","]"]', ["}", "]"]),
    ('"Gebühr €"'.encode(), "Gebühr €"),
    (b'"\\ud83d\\ude00"', "\U0001f600"),
    (b'"\\\\ud800"', "\\ud800"),
    (b"[true,false,null]", [True, False, None]),
    (b"[" * 32 + b"]" * 32, nested(31)),
    (b'["' + b"[" * 500 + b'"]', ["[" * 500]),
]


@pytest.mark.parametrize(("raw", "expected"), GOOD)
def test_sound_text_is_read(raw: bytes, expected: object) -> None:
    """Nesting is counted outside of strings only, and characters are what they stand for."""
    assert expected == loads(raw)


NUMBERS = ["0", "-0", "0.100", "100.0", "1e3", "1E-3", "123456789012345.123456789012", "1e15", "1e-12"]


@pytest.mark.parametrize("literal", NUMBERS)
def test_numbers_keep_their_digits(literal: str) -> None:
    """A number is the decimal that was written, also a whole one."""
    number = loads(literal.encode())
    assert (Decimal, str(Decimal(literal))) == (type(number), str(number))


MALFORMED = [
    b"",
    b" ",
    b"{",
    b"[1,]",
    b"{'a':1}",
    b'{"a" 1}',
    b'{"a":1}{"a":1}',
    b"01",
    b"1.",
    b".5",
    b"+1",
    b"0x10",
    b"1_000",
    b'"',
    b'"\\x41"',
    b'"\\u12"',
    b'"a\nb"',
    b'"a\x00b"',
    b"\xef\xbb\xbf{}",
    b"nan",
    b"tru",
    b'{"a":1} // comment',
]


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    """No dialect is tolerated: comments, trailing commas, bare control characters, marks of byte order."""
    with pytest.raises(MalformedPayloadError) as refusal:
        loads(raw)
    assert Code.JSON_INVALID is refusal.value.code


@pytest.mark.parametrize("raw", [b"\xff", b'"\xed\xa0\x80"', b'"\xc0\xaf"', '"ü"'.encode("latin-1"), b"{\x00}\x80"])
def test_what_is_no_utf_8_is_malformed(raw: bytes) -> None:
    """Bytes are never guessed at: no Latin-1, no overlong form, no encoded surrogate."""
    with pytest.raises(MalformedPayloadError) as refusal:
        loads(raw)
    assert Code.ENCODING_INVALID is refusal.value.code


REFUSED = [
    (b'{"RV":1,"RV":2}', Code.DUPLICATE_JSON_KEY),
    (b'{"RV":1,"RV":1}', Code.DUPLICATE_JSON_KEY),
    (b'{"a":{"b":[{"c":1,"d":2,"c":3}]}}', Code.DUPLICATE_JSON_KEY),
    (b'{"a":1,"\\u0061":2}', Code.DUPLICATE_JSON_KEY),
    (b"[NaN]", Code.NUMBER_NOT_FINITE),
    (b"[Infinity]", Code.NUMBER_NOT_FINITE),
    (b'{"RV":-Infinity}', Code.NUMBER_NOT_FINITE),
    (b"1e1000000", Code.NUMBER_OUT_OF_RANGE),
    (b"-1e1000000", Code.NUMBER_OUT_OF_RANGE),
    (b"1e-1000000", Code.NUMBER_OUT_OF_RANGE),
    (b"0e1000000", Code.NUMBER_OUT_OF_RANGE),
    (b"1e99999999999999999999", Code.NUMBER_OUT_OF_RANGE),
    (b"0e-99999999999999999999", Code.NUMBER_OUT_OF_RANGE),
    (b"1e16", Code.NUMBER_OUT_OF_RANGE),
    (b"1e-13", Code.NUMBER_OUT_OF_RANGE),
    (b"1" * 5000, Code.NUMBER_OUT_OF_RANGE),
    (b"0." + b"1" * 5000, Code.NUMBER_OUT_OF_RANGE),
    (b"1" * 31, Code.NUMBER_OUT_OF_RANGE),
    (b'"\\ud800"', Code.TEXT_NOT_UNICODE),
    (b'{"\\udfff":1}', Code.TEXT_NOT_UNICODE),
    (b'["\\ude00\\ud83d"]', Code.TEXT_NOT_UNICODE),
]


@pytest.mark.parametrize(("raw", "code"), REFUSED)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes, code: Code) -> None:
    """Well-formed, but useless as evidence: refused under its own code."""
    with pytest.raises(ContentError) as refusal:
        loads(raw)
    assert code is refusal.value.code


def test_scan_reads_on_and_names_every_breach() -> None:
    """The signature is judged first, so the content's breaches are collected, not raised."""
    scanned = scan('{"a":1,"a":NaN,"b":1e99,"c":"\\ud800"}')
    expected = [
        Code.NUMBER_NOT_FINITE,
        Code.NUMBER_OUT_OF_RANGE,
        Code.DUPLICATE_JSON_KEY,
        Code.TEXT_NOT_UNICODE,
    ]
    assert expected == [breach.code for breach in scanned.breaches]
    assert scanned.value["b"] is None


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [33, 100_000])
def test_deep_nesting_is_beyond_the_limit(opening: bytes, depth: int) -> None:
    """Depth is counted before the parser recurses."""
    with pytest.raises(LimitExceededError) as refusal:
        loads(opening * depth)
    assert Code.LIMIT_EXCEEDED is refusal.value.code


def test_limits_are_those_of_the_caller() -> None:
    """A caller may be stricter."""
    with pytest.raises(LimitExceededError):
        loads(b"[[1]]", Limits(json_depth=1))


HOSTILE = {
    "quotes without an end": b"[" + b"[]," * 33 + b'"' + b'\\"' * 32_000,
    "brackets in a string without an end": b"[]" * 33 + b'"' + b"[" * 64_000,
    "many keys, the last one twice": b"{" + b",".join(b'"%x":1' % n for n in range(9000)) + b',"0":1}',
    "many numbers beyond the caps": b"[" + b",".join([b"1e999"] * 10_000) + b"]",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_of_a_record_costs_little(raw: bytes) -> None:
    """Every text within a record's size is judged in time that grows with its length, not with its square."""
    started = process_time()
    with pytest.raises((MalformedPayloadError, ContentError)):
        loads(raw)
    assert process_time() - started < 1


@pytest.mark.parametrize("literal", ["1e1000000", "1" * 41, "1e99999999999999999999", "0.0000000000001"])
def test_number_beyond_the_caps_is_none(literal: str) -> None:
    """No such number is ever made."""
    assert bounded_decimal(literal) is None


def test_caps_on_numbers_are_inclusive() -> None:
    """The largest number of the limits is still read."""
    largest = "9" * 16
    assert Decimal(largest) == bounded_decimal(largest, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "text",
    ['{"a":1.50,"b":[true,false,null],"c":"\u00fc\\"\\n","d":{}}', "[]", "-0", "1E+5", '{"a":1,"b":2,"a":3}'],
)
def test_what_was_read_is_written_again(text: str) -> None:
    """Digits, order and repeated keys stay as they were."""
    assert text == dumps(scan(text).value)


def test_what_no_json_gives_is_a_programming_mistake() -> None:
    """Numbers are Decimal here, never anything else."""
    with pytest.raises(TypeError, match="int"):
        dumps([1])
