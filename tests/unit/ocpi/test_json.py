"""Exact JSON, in and out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cdr_service.domain.errors import OcpiError
from cdr_service.ocpi.errors import MalformedJsonError
from cdr_service.ocpi.json import canonical, dumps, loads


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (b'{"v":0.100}', {"v": Decimal("0.100")}),
        (b"100", Decimal("1E+2")),
        (b"0.0000001", Decimal("1E-7")),
        (b"123456789012345.6789", Decimal("123456789012345.6789")),
        (b"99999999999999999.99", Decimal("99999999999999999.99")),
        (b"[1,true,false,null]", [1, True, False, None]),
        (b'{"b":1,"a":2}', {"b": 1, "a": 2}),
        ('"Köln"'.encode(), "Köln"),
        (b"[1,2]", (1, 2)),
    ],
)
def test_numbers_leave_as_written_by_hand(expected: bytes, value: Any) -> None:
    """Digits and key order stay, there is no exponent and no white space."""
    assert expected == dumps(value)


@pytest.mark.parametrize(
    "value",
    [0.1, {"v": 0.1}, [[1.0]], {1: "a"}, {"v": object()}, {"v": {1, 2}}, b"raw", {"v": float("nan")}],
)
def test_what_is_not_exact_is_refused(value: Any) -> None:
    """A float, wherever it hides, is a programming mistake and not a number."""
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), [Decimal("-Infinity")], "\ud800"])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    """NaN, Infinity and lone surrogates never leave."""
    with pytest.raises(ValueError, match=r"no JSON number|surrogates not allowed"):
        dumps(value)


def test_canonical_sorts_at_every_depth_and_keeps_digits() -> None:
    """The form whose digest counts does not depend on the order of keys, and keeps 0.10 apart from 0.1."""
    first = loads(b'{"b": {"d": 0.10, "c": 1}, "a": []}')
    second = loads(b'{"a":[],"b":{"c":1,"d":0.10}}')
    assert b'{"a":[],"b":{"c":1,"d":0.10}}' == canonical(first) == canonical(second)
    assert canonical({"d": Decimal("0.1")}) != canonical({"d": Decimal("0.10")})


def test_numbers_come_in_as_decimals() -> None:
    """Whole numbers and fractions alike are Decimals with their digits."""
    value = loads(b'{"a": 1, "b": 0.10}')
    assert ["1", "0.10"] == [str(value["a"]), str(value["b"])]


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("JSON_INVALID", b""),
        ("JSON_INVALID", b"<html>"),
        ("JSON_INVALID", b'{"a":1'),
        ("JSON_INVALID", b'{"a":1}{"a":2}'),
        ("ENCODING_INVALID", b'{"a":"\xff"}'),
        ("DUPLICATE_JSON_KEY", b'{"id":"1","id":"2"}'),
        ("NUMBER_NOT_FINITE", b'{"a":NaN}'),
        ("NUMBER_NOT_FINITE", b"[Infinity]"),
        ("NUMBER_OUT_OF_RANGE", b"[1e400]"),
        ("NUMBER_OUT_OF_RANGE", b"[" + b"9" * 5000 + b"]"),
        ("TEXT_NOT_UNICODE", b'{"a":"\\ud800"}'),
        ("LIMIT_EXCEEDED", b"[" * 100_000),
    ],
)
def test_hostile_json_is_one_of_our_errors(code: str, raw: bytes) -> None:
    """What two readers could read differently, or what costs too much, is refused with meter_sign's code."""
    with pytest.raises(MalformedJsonError) as caught:
        loads(raw)
    assert code == caught.value.code
    assert isinstance(caught.value, OcpiError)
