"""Errors of the wire; the domain's tree (`cdr_service/domain/errors.py`) is what callers catch by.

    OcpiError
    ├─ MalformedJsonError     the bytes are no JSON that may count (duplicate key, NaN, too deep, no UTF-8)
    ├─ InvalidObjectError     JSON that is not this OCPI object; `violations` names every place
    └─ RemoteOcpiError
       ├─ NotSentError        not one byte of the request left: repeating is safe
       └─ UnknownOutcomeError bytes left and no whole answer came back: only a GET or a human can tell

Whether a bad object is the caller's fault (RequestError) or the partner's (RemoteOcpiError) depends on where it came
from, so the caller decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdr_service.domain.errors import OcpiError, RemoteOcpiError


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One place of an object that breaks OCPI."""

    #: JSON pointer (RFC 6901); empty for the object itself.
    pointer: str
    message: str


class MalformedJsonError(OcpiError):
    """Bytes that are no JSON, or JSON that two readers would read differently; `code` is meter_sign's."""


class InvalidObjectError(OcpiError):
    """JSON that is not the OCPI object it should be; `violations` is never empty."""

    def __init__(self, kind: str, violations: tuple[Violation, ...]) -> None:
        """Carry every violation, not only the first; `kind` is the OCPI name of the object."""
        first = violations[0]
        more = f" and {len(violations) - 1} more" if len(violations) > 1 else ""
        super().__init__("OBJECT_INVALID", f"no valid {kind}: {first.message}{more}", where=first.pointer)
        self.kind = kind
        self.violations = violations


class NotSentError(RemoteOcpiError):
    """The request was refused here, or no connection came about; the partner got nothing of it."""


class UnknownOutcomeError(RemoteOcpiError):
    """The partner may have processed the request; `http_status` is set when the status line still arrived."""
