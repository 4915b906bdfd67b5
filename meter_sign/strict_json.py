"""JSON as evidence needs it: exact numbers, no duplicate keys, no NaN, no lone surrogates, bounded depth and digits.

A parser that lets the last duplicate win lets the signature cover one reading and the display show another. Breaches
of that kind do not make the text unreadable, so `scan` collects them and reads on: the caller first checks the
signature and then refuses the content. `loads` refuses at once.

Nearly every text is usual: free of breaches, under the default caps, its numbers short. One decoder, made once, reads
those and refuses all others, which a collecting decoder then reads from the beginning. Only that one judges.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from json.decoder import JSONDecoder
from re import DOTALL
from re import compile as pattern
from typing import Any, NamedTuple, NoReturn

from meter_sign.codes import Code
from meter_sign.errors import ContentError, LimitExceededError, MalformedPayloadError
from meter_sign.limits import DEFAULT_LIMITS, Limits

# A string (to its end, or to the end of the text when it is never closed) or a bracket. Possessive, hence linear.
_STRING_OR_BRACKET = pattern(r'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]', DOTALL)
_SURROGATE = pattern("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that makes well-formed JSON useless as evidence."""

    code: Code
    detail: str


class AmbiguousObject(dict[str, Any]):
    """An object of which a key stands twice: as a dict it has the last of them, `pairs` has all, in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = tuple(pairs)


class ScannedJson(NamedTuple):
    """A parsed JSON value with the breaches found in it; numbers are `Decimal`, also whole ones."""

    value: Any
    breaches: tuple[Breach, ...] = ()
    #: Whether any number is written with an exponent.
    exponents: bool = False


def scan(text: str, limits: Limits = DEFAULT_LIMITS) -> ScannedJson:
    """Parse one JSON text and collect its breaches.

    Args:
        text: the JSON text, nothing before or after it but white space.
        limits: caps on depth, elements, number length, digits and exponent.

    Returns:
        The value; objects as dict (with duplicate keys as `AmbiguousObject`), numbers as finite `Decimal`, a refused
        number as None.

    Raises:
        MalformedPayloadError: JSON_INVALID, when the text is no JSON.
        LimitExceededError: LIMIT_EXCEEDED, when it is nested too deeply or has too many elements.
    """
    _check_elements(text, limits)
    _check_depth(text, limits)
    value = _usual_value(text) if limits is DEFAULT_LIMITS else None
    if value is not None:
        return ScannedJson(value)
    collector = _Collector(limits)
    try:
        value = collector.decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError(Code.JSON_INVALID, f"no JSON: {error}") from error
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False, default=str)):
        collector.breaches.append(Breach(Code.TEXT_NOT_UNICODE, "a lone surrogate is no character"))
    return ScannedJson(value, tuple(collector.breaches), collector.exponents)


def loads(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Parse JSON from outside and refuse everything that `scan` only collects.

    Args:
        raw: UTF-8 text.
        limits: see `scan`.

    Returns:
        The value, numbers as finite `Decimal`.

    Raises:
        MalformedPayloadError: no UTF-8 (ENCODING_INVALID) or no JSON (JSON_INVALID).
        LimitExceededError: nested too deeply.
        ContentError: duplicate key, NaN or Infinity, a number beyond the caps, a lone surrogate.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPayloadError(Code.ENCODING_INVALID, "no UTF-8", where=f"byte {error.start}") from error
    scanned = scan(text, limits)
    for breach in scanned.breaches:
        raise ContentError(breach.code, breach.detail)
    return scanned.value


def dumps(value: Any) -> str:
    """Write what `scan` or `loads` read, on one line: numbers with their digits, repeated keys as often as they stood.

    Args:
        value: of `scan`; floats and other types than those of JSON are a programming mistake.

    Raises:
        TypeError: a value that `scan` never gives.
    """
    if isinstance(value, dict):
        pairs = value.pairs if isinstance(value, AmbiguousObject) else value.items()
        return "{" + ",".join(f"{dumps(key)}:{dumps(member)}" for key, member in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{type(value).__name__} is no JSON that was read")


class _UnusualError(ValueError):
    """The usual decoder leaves this text to the collecting one."""


def _usual_value(text: str) -> Any | None:
    """The value of a text without any breach, or None for every text that has to be looked at more closely."""
    # An escape may write a lone surrogate.
    if "\\u" in text:
        return None
    stripped = text.strip(" \t\r\n")
    try:
        value, end = _USUAL.raw_decode(stripped)
    except (ValueError, RecursionError):
        return None
    return value if end == len(stripped) else None


def _usual_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _UnusualError("a key stands twice")
    return result


def _usual_number(literal: str) -> Decimal:
    if len(literal) > _USUAL_CHARACTERS or "e" in literal or "E" in literal:
        raise _UnusualError("a long number, or one with an exponent")
    return Decimal(literal)


def _usual_constant(literal: str) -> NoReturn:
    raise _UnusualError(f"{literal} is no number")


#: A number of so few characters and without exponent is within the default caps, whatever its digits.
_USUAL_CHARACTERS = 12
_USUAL = JSONDecoder(
    object_pairs_hook=_usual_object, parse_float=_usual_number, parse_int=_usual_number, parse_constant=_usual_constant
)


class _Collector:
    """Hooks of the standard library's decoder, collecting breaches instead of raising."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.breaches: list[Breach] = []
        self.exponents = False
        self.decoder = JSONDecoder(
            object_pairs_hook=self._object, parse_float=self._number, parse_int=self._number,
            parse_constant=self._constant,
        )  # fmt: skip

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) == len(pairs):
            return result
        repeated, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        self.breaches.append(Breach(Code.DUPLICATE_JSON_KEY, f"the key {repeated[:40]!r} stands twice"))
        return AmbiguousObject(pairs)

    def _number(self, literal: str) -> Decimal | None:
        self.exponents |= "e" in literal.lower()
        number = bounded_decimal(literal, self.limits)
        if number is None:
            self.breaches.append(Breach(Code.NUMBER_OUT_OF_RANGE, f"the number {literal[:40]} is beyond the caps"))
        return number

    def _constant(self, literal: str) -> None:
        self.breaches.append(Breach(Code.NUMBER_NOT_FINITE, f"{literal} is no number"))


def bounded_decimal(literal: str, limits: Limits = DEFAULT_LIMITS) -> Decimal | None:
    """Make an exact number of a JSON number literal, or None when it is beyond the caps.

    Args:
        literal: a literal that already matches the JSON grammar of numbers.
        limits: length, digits and exponent.
    """
    if len(literal) > limits.number_characters:
        return None
    try:
        number = Decimal(literal)
    except InvalidOperation:
        # The exponent itself has more digits than a Decimal can carry.
        return None
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) > limits.number_digits:
        return None
    in_range = limits.exponent_min <= exponent and number.adjusted() <= limits.exponent_max
    return number if in_range else None


def _check_elements(text: str, limits: Limits) -> None:
    if len(text) > limits.json_elements < text.count(",") + text.count("[") + text.count("{"):
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.json_elements} elements in one JSON text")


def _check_depth(text: str, limits: Limits) -> None:
    if text.count("{") + text.count("[") <= limits.json_depth:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = match.group()[0]
        depth += 1 if mark in "[{" else -1 if mark in "]}" else 0
        if depth > limits.json_depth:
            raise LimitExceededError(
                Code.LIMIT_EXCEEDED, f"nested deeper than {limits.json_depth}", where=f"character {match.start()}"
            )
