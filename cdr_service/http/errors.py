"""The one table from exceptions to HTTP status and OCPI status_code, and the one shape of an error answer.

Every error answer of the gateway is an OCPI envelope; `errors` in it says what happened, where, whose fault it is and
what to do, with a stable code, in English and German. No exception text of a library ever goes out.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format (HTTP status), status_codes.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cdr_service.domain.errors import (
    CdrServiceError,
    ConflictError,
    CredentialsError,
    DomainError,
    LocalOcpiError,
    NotFoundError,
    OcpiError,
    RemoteOcpiError,
    RequestError,
    StoreError,
)
from cdr_service.http.answers import json_answer
from cdr_service.http.error_words import words_of
from cdr_service.http.gateway import gateway
from cdr_service.ocpi.envelope import StatusCode, failure
from cdr_service.ocpi.errors import InvalidObjectError, MalformedJsonError, Violation
from cdr_service.ocpi.schemas.base import violations_of
from meter_sign import MeterSignError

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

#: Everything under it is called by partners.
PARTNER_PREFIX = "/ocpi"
#: What a partner learns that registers at us: OCPI answers HTTP 200 and says no by the status_code. To the operator,
#: whose handshake fails for the same reasons, these are errors of their class: a failure never answers 200 there.
STATUS_FOR_PARTNER: dict[str, tuple[int, StatusCode]] = {
    "CLIENT_API_UNUSABLE": (200, StatusCode.CLIENT_API_UNUSABLE),
    "VERSION_UNSUPPORTED": (200, StatusCode.VERSION_UNSUPPORTED),
    "ENDPOINT_MISSING": (200, StatusCode.ENDPOINTS_MISSING),
    "PARTY_MISMATCH": (200, StatusCode.INVALID_PARAMETERS),
}
#: Codes that have a status of their own: (HTTP status, OCPI status_code).
STATUS_OF_CODE: dict[str, tuple[int, StatusCode]] = {
    "ALREADY_REGISTERED": (405, StatusCode.CLIENT_ERROR),
    "LOCATION_UNKNOWN": (404, StatusCode.UNKNOWN_LOCATION),
    "TOKEN_PARTY_UNKNOWN": (404, StatusCode.UNKNOWN_TOKEN),
}
#: All others by their class; the first match wins, subclasses stand before their bases.
STATUS_OF_CLASS: tuple[tuple[type[Exception], int, StatusCode], ...] = (
    (MeterSignError, 400, StatusCode.INVALID_PARAMETERS),
    (MalformedJsonError, 400, StatusCode.INVALID_PARAMETERS),
    (InvalidObjectError, 422, StatusCode.INVALID_PARAMETERS),
    (ValidationError, 422, StatusCode.INVALID_PARAMETERS),
    (CredentialsError, 401, StatusCode.CLIENT_ERROR),
    (NotFoundError, 404, StatusCode.CLIENT_ERROR),
    (ConflictError, 409, StatusCode.CLIENT_ERROR),
    (RequestError, 400, StatusCode.INVALID_PARAMETERS),
    (DomainError, 422, StatusCode.INVALID_PARAMETERS),
    (RemoteOcpiError, 502, StatusCode.SERVER_ERROR),
    (LocalOcpiError, 500, StatusCode.SERVER_ERROR),
    (OcpiError, 422, StatusCode.INVALID_PARAMETERS),
    (StoreError, 503, StatusCode.SERVER_ERROR),
)


def error_entry(code: str, detail: str, where: str | None) -> dict[str, Any]:
    """One error for people and machines: code, detail, where, and the catalogue's words in both languages."""
    return {"code": code, "detail": detail, "where": where, "en": words_of(code, "en"), "de": words_of(code, "de")}


def entries_of(error: Exception) -> list[dict[str, Any]]:
    """What an exception of ours, or a failed schema, tells the caller."""
    if isinstance(error, InvalidObjectError):
        return [_violation(one) for one in error.violations]
    if isinstance(error, ValidationError):
        # webargs puts the part of the request before the field; what it reads here is always the body.
        found = [replace(one, pointer=one.pointer.removeprefix("/json")) for one in violations_of(error)]
        return [_violation(one) for one in found]
    if isinstance(error, (CdrServiceError, MeterSignError)):
        return [error_entry(str(error.code), error.detail, error.where)]
    return [error_entry("INTERNAL_ERROR", "the gateway failed; its log has the details", None)]


def _violation(violation: Violation) -> dict[str, Any]:
    return error_entry("FIELD_INVALID", violation.message, violation.pointer)


def _answer(http_status: int, code: StatusCode, entries: Sequence[dict[str, Any]]) -> Response:
    message = "; ".join(f"{entry['code']}: {entry['detail']}" for entry in entries)[:255]
    envelope = failure(code, message, gateway().clock())
    return json_answer(envelope | {"errors": list(entries)}, http_status)


def _status_of(error: Exception) -> tuple[int, StatusCode]:
    code = str(getattr(error, "code", ""))
    if code in STATUS_OF_CODE:
        return STATUS_OF_CODE[code]
    if code in STATUS_FOR_PARTNER and request.path.startswith(PARTNER_PREFIX):
        return STATUS_FOR_PARTNER[code]
    return next((http, ocpi) for kind, http, ocpi in STATUS_OF_CLASS if isinstance(error, kind))


def _on_known(error: Exception) -> Response:
    http_status, code = _status_of(error)
    entries = entries_of(error)
    codes = [(entry["code"], entry["where"]) for entry in entries]
    log.warning("request_refused method=%s route=%s errors=%s", request.method, request.url_rule, codes)
    return _answer(http_status, code, entries)


def _on_http(error: HTTPException) -> Response:
    http_status = error.code or 500
    schema_error = getattr(error, "exc", None) or getattr(error, "data", {}).get("exc")
    if isinstance(schema_error, (ValidationError, MeterSignError)):
        return _on_known(schema_error)
    code = StatusCode.CLIENT_ERROR if http_status < 500 else StatusCode.SERVER_ERROR
    answer = _answer(http_status, code, [error_entry("HTTP_ERROR", f"HTTP {http_status} {error.name}", request.path)])
    if isinstance(error, MethodNotAllowed):
        # RFC 9110, section 15.5.6: a 405 names the methods that are allowed.
        answer.allow.update(error.valid_methods or ())
    return answer


def _on_unknown(error: Exception) -> Response:
    log.error("internal_error method=%s route=%s", request.method, request.url_rule, exc_info=error)
    return _answer(500, StatusCode.SERVER_ERROR, entries_of(error))


def register_error_handlers(app: Flask) -> None:
    """Answer every exception with an envelope; nothing leaves as a bare page."""
    for kind, _, _ in STATUS_OF_CLASS:
        app.register_error_handler(kind, _on_known)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unknown)
