"""Exact JSON: Decimals go out as plain JSON numbers with the digits they have, and no float passes in or out.

Stock encoders print `Decimal("1E+2")` with an exponent, or as a string, or through a float; here a number leaves as
it would be written by hand. `canonical` is the form whose digest is kept (tariff snapshots): sorted keys, no white
space, numbers as they were given.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), types, number; RFC 8259.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import simplejson

from cdr_service.ocpi.errors import MalformedJsonError
from meter_sign import MeterSignError, strict_json_loads


def dumps(value: Any) -> bytes:
    """Write a value as compact UTF-8 JSON, keys in insertion order.

    Args:
        value: dict with str keys, list, tuple, str, bool, int, Decimal or None, nested at will.

    Returns:
        The bytes: `{"v": Decimal("0.100")}` becomes `{"v":0.100}`.

    Raises:
        TypeError: a float or any other type; floats have already lost the digits.
        ValueError: NaN or Infinity, or text with a lone surrogate.
    """
    return _encode(_exact(value), sort_keys=False)


def canonical(value: Any) -> bytes:
    """Write a value in the one form whose digest counts: keys sorted by code point, otherwise as `dumps`.

    `canonical(loads(canonical(v)))` is `canonical(v)`, byte for byte.
    """
    return _encode(_exact(value), sort_keys=True)


def loads(raw: bytes) -> Any:
    """Read JSON from outside, within the caps of `meter_sign.Limits`.

    Returns:
        The value; every number is a finite `Decimal` with the digits that were sent.

    Raises:
        MalformedJsonError: no UTF-8, no JSON, duplicate key, NaN, a number beyond the caps, lone surrogate, too deep.
    """
    try:
        return strict_json_loads(raw)
    except MeterSignError as error:
        raise MalformedJsonError(error.code.value, error.detail, where=error.where) from error


def _encode(value: Any, *, sort_keys: bool) -> bytes:
    text: str = simplejson.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys, use_decimal=False
    )
    return text.encode("utf-8")


def _exact(value: Any) -> Any:
    """The same tree with every Decimal as its plain digits; refuses what has no exact JSON form."""
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is no JSON number")
            return simplejson.RawJSON(format(value, "f"))
        case None | bool() | int() | str():
            return value
        case Mapping():
            return {_key(key): _exact(item) for key, item in value.items()}
        case list() | tuple():
            return [_exact(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no exact JSON form")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON key is text, not {type(key).__name__}")
    return key
