"""What travels: exact JSON, OCPI times, envelopes, the `Token` header.

Numbers are read as `Decimal` or `int`, never as a binary fraction, and written back with the digits that were sent,
so that the book holds what arrived.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format, types.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import simplejson

#: Largest number literal that is read: more digits are no OCPI number (4 decimals), and would make exact sums slow.
MAX_LITERAL = 40

Json = dict[str, Any]


class NotJsonError(ValueError):
    """The bytes are no JSON text, repeat a key, or hold a number that is none (NaN, Infinity, 41 digits)."""


def parse_json(raw: bytes) -> Any:
    """Read a JSON text exactly.

    Args:
        raw: UTF-8 bytes as received.

    Returns:
        dict, list, str, bool, None, int or Decimal.

    Raises:
        NotJsonError: not JSON, nested too deep, a repeated key, or an unreasonable number.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=_exact,
            parse_int=_whole,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"body is not JSON: {error}") from error


def _exact(literal: str) -> Decimal:
    number = Decimal(_short(literal))
    if abs(number.adjusted()) > MAX_LITERAL:
        raise ValueError(f"number out of range: {literal}")
    return number


def _whole(literal: str) -> int:
    return int(_short(literal))


def _short(literal: str) -> str:
    if len(literal) > MAX_LITERAL:
        raise ValueError(f"number of {len(literal)} characters")
    return literal


def _refuse_constant(literal: str) -> Any:
    raise ValueError(f"{literal} is no JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> Json:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is repeated")
    return result


def write_json(value: Any) -> str:
    """Write JSON in ASCII on one line, decimals with the digits they have."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=True)


#: RFC 3339 in UTC: `Z` and a fraction are optional, offsets are not allowed (types, DateTime).
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?Z?")


def parse_time(text: str) -> datetime:
    """Read an OCPI DateTime; `ValueError` when it is none (an offset, a blank, no such day, over 25 characters)."""
    found = _DATE_TIME.fullmatch(text)
    if found is None or len(text) > 25:
        raise ValueError(f"no OCPI DateTime: {text!r}")
    moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return moment.replace(microsecond=int((found[2] or "").ljust(6, "0")))


def now() -> str:
    """The simulator's own clock as an OCPI DateTime."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(data: Any = None, *, code: int = 1000, message: str | None = None) -> Json:
    """The OCPI response object; `data` is left out when there is none."""
    body: Json = {"status_code": code, "timestamp": now()}
    if data is not None:
        body["data"] = data
    if message is not None:
        body["status_message"] = message
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer that has not been sent yet."""

    status: int = 200
    #: JSON to send; ignored when `raw` is given.
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    #: Bytes to send as they are (HTML, garbage).
    raw: bytes | None = None
    content_type: str = "application/json"
    #: What the eMSP found out on the way; goes into the book, never on the wire.
    notes: Json = field(default_factory=dict)

    def payload(self) -> bytes:
        """The bytes of the body."""
        return self.raw if self.raw is not None else write_json(self.body).encode()

    def body_for_book(self) -> Any:
        """The body as the book shows it: JSON, or text when it is none."""
        return self.body if self.raw is None else self.raw.decode("utf-8", "replace")


def success(data: Any = None, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A 2xx answer with status_code 1000."""
    return Answer(status=status, body=envelope(data), headers=headers or {})


def refusal(message: str, *, code: int = 2001, status: int = 200, notes: Json | None = None) -> Answer:
    """An answer that says no: HTTP 200 with a 2xxx code unless told otherwise (status_codes)."""
    return Answer(status=status, body=envelope(code=code, message=message), notes=notes or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as a module sees it."""

    method: str
    module: str
    #: Path segments behind the module's URL, percent-decoded.
    segments: tuple[str, ...]
    query: dict[str, str]
    #: Header names in lower case.
    headers: dict[str, str]
    raw: bytes
    #: The token presented, or None when the Authorization header is not `Token base64(token)`.
    token: str | None
    #: The parsed body; None when there is none.
    body: Any = None


def authorization(token: str) -> str:
    """The Authorization header's value for a token."""
    return "Token " + base64.b64encode(token.encode()).decode()


def presented_token(header: str | None) -> str | None:
    """Read `Token <base64>` strictly: one blank, canonical base64, printable ASCII without blanks.

    The specification's own sample decodes to a token with a newline; it is not repaired here.
    """
    if header is None or not header.startswith("Token "):
        return None
    try:
        token = base64.b64decode(header.removeprefix("Token "), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return token if re.fullmatch(r"[\x21-\x7e]{1,64}", token) else None
