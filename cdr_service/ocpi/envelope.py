"""The envelope around every answer: status code, message, time, and the object if there is one.

Written strictly, read leniently: peers leave `data` out, put one object into a list, answer `{"detail": ...}` or HTML
(measured). Whatever cannot be read has no `status_code`, and nothing without one ever counts as success.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format (response format), status_codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from cdr_service.ocpi.errors import MalformedJsonError, Violation
from cdr_service.ocpi.json import loads
from cdr_service.ocpi.types import format_date_time

if TYPE_CHECKING:
    from datetime import datetime

#: A partner's words are kept for people, not for programs.
MESSAGE_CHARACTERS = 500


class StatusCode(IntEnum):
    """OCPI's own status codes (status_codes); x9xx are free for custom ones."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    NOT_ENOUGH_INFORMATION = 2002
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    #: During registration: the other side's API could not be used.
    CLIENT_API_UNUSABLE = 3001
    VERSION_UNSUPPORTED = 3002
    ENDPOINTS_MISSING = 3003
    HUB_ERROR = 4000
    UNKNOWN_RECEIVER = 4001
    FORWARD_TIMEOUT = 4002
    RECEIVER_NOT_CONNECTED = 4003


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An answer as it was read; every part is None when the peer did not send it in a form that counts."""

    #: Four digits, or None when the body is no OCPI answer.
    status_code: int | None
    #: Also the `detail` of a framework's own error body; at most 500 characters.
    status_message: str | None
    data: Any
    #: As written; partners' forms differ, and nothing depends on it.
    timestamp: str | None

    @property
    def is_success(self) -> bool:
        """Whether the status code is 1000 to 1999; the HTTP status counts too, and is the caller's to look at."""
        return self.status_code is not None and 1000 <= self.status_code < 2000

    def one(self) -> Any:
        """`data` as one object: a list of exactly one counts as the one (measured at two peers)."""
        if isinstance(self.data, list) and len(self.data) == 1:
            return self.data[0]
        return self.data

    def many(self) -> list[Any]:
        """`data` as a list: one object alone counts as a list of one, nothing as an empty list."""
        if isinstance(self.data, list):
            return self.data
        return [] if self.data is None else [self.data]


#: What a body that is no JSON object says: nothing.
NO_ENVELOPE = Envelope(status_code=None, status_message=None, data=None, timestamp=None)


def success(data: Any, now: datetime) -> dict[str, Any]:
    """The envelope of a success (1000); `data` None leaves the field unset, as OCPI wants where none is defined.

    Args:
        data: the JSON value to send.
        now: the instant of the answer, aware.
    """
    answer: dict[str, Any] = {} if data is None else {"data": data}
    return answer | {"status_code": int(StatusCode.SUCCESS), "timestamp": format_date_time(now)}


def failure(
    status_code: StatusCode | int, message: str, now: datetime, *, errors: Iterable[Violation] = ()
) -> dict[str, Any]:
    """The envelope of an error.

    Args:
        status_code: 2000 to 4999.
        message: one sentence for people, without secrets.
        now: the instant of the answer, aware.
        errors: every place that is wrong; stands in `data.errors` as `{"pointer", "message"}`, which OCPI leaves free.

    Raises:
        ValueError: a status code that says success.
    """
    if not 2000 <= status_code < 5000:
        raise ValueError(f"{status_code} is no OCPI error code")
    places = [{"pointer": violation.pointer, "message": violation.message} for violation in errors]
    answer: dict[str, Any] = {"data": {"errors": places}} if places else {}
    return answer | {
        "status_code": int(status_code), "status_message": message, "timestamp": format_date_time(now),
    }  # fmt: skip


def open_envelope(raw: bytes) -> Envelope:
    """Read the body of an answer, whatever it is; never raises.

    Args:
        raw: the body as received, at most as large as the transport lets through.

    Returns:
        What could be read. JSON that two readers would read differently (duplicate keys, NaN) counts as unreadable.
    """
    try:
        body = loads(raw)
    except MalformedJsonError:
        return NO_ENVELOPE
    if not isinstance(body, Mapping):
        return NO_ENVELOPE
    return Envelope(
        status_code=_status_code(body.get("status_code")),
        status_message=_text(body.get("status_message", body.get("detail"))),
        data=body.get("data"),
        timestamp=_text(body.get("timestamp")),
    )


def _status_code(value: Any) -> int | None:
    if not isinstance(value, Decimal) or not 1000 <= value <= 9999 or value != int(value):
        return None
    return int(value)


def _text(value: Any) -> str | None:
    return value[:MESSAGE_CHARACTERS] if isinstance(value, str) else None
