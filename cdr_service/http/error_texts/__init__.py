"""The errors of requests in words: for each code what happened, whose matter it is and what to do.

English and German stand in a file each, as in `domain/catalogue`, which tells findings and discrepancies; meter values
have their catalogue in `meter_sign`. A code without an entry fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cdr_service.http.error_texts import de, en


class Fault(Enum):
    """Whose matter an error is, in English and in German."""

    CALLER = ("Your request.", "Ihre Anfrage.")
    OPERATOR = ("The operator's set-up of this gateway.", "Die Einrichtung dieses Gateways durch den Betreiber.")
    PARTNER = ("The partner.", "Der Partner.")
    GATEWAY = ("This gateway.", "Dieses Gateway.")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One code in words."""

    fault: Fault
    what_en: str
    remedy_en: str
    what_de: str
    remedy_de: str


_CODES_BY_FAULT: dict[Fault, tuple[str, ...]] = {
    Fault.CALLER: (
        "FIELD_INVALID", "FIELD_MISSING", "OBJECT_INVALID", "HTTP_ERROR", "API_KEY_MISSING", "API_KEY_UNKNOWN",
        "ROLE_UNKNOWN", "ID_MISMATCH", "ID_NOT_ADDRESSABLE", "COUNTERPARTY_EXISTS", "COUNTERPARTY_UNKNOWN",
        "LOCATION_UNKNOWN", "EVSE_UNKNOWN", "CONNECTOR_UNKNOWN", "AUTHORIZATION_UNKNOWN", "AUTHORIZATION_USED",
        "AUTHORIZATION_MISSING", "AUTH_METHOD_INVALID", "SESSION_EXISTS", "SESSION_UNKNOWN", "SESSION_CLOSED",
        "STATE_UNKNOWN", "END_BEFORE_START", "END_IN_FUTURE", "CDR_UNKNOWN", "CDR_EXISTS", "DELIVERY_UNKNOWN",
        "UNIQUE_VIOLATED",
    ),
    Fault.OPERATOR: (
        "TOKEN_INVALID", "PARTY_NOT_OURS", "HANDSHAKE_STATE", "COUNTERPARTY_NOT_REGISTERED", "TARIFF_UNKNOWN",
        "TOKEN_PARTY_UNKNOWN", "METER_KEY_NEEDS_VALID_FROM", "METER_KEY_IN_USE", "METER_KEY_KIND_DIFFERS",
        "METER_UNKNOWN", "JOURNAL_MODE", "SECRET_KEY_WRONG",
    ),
    Fault.PARTNER: (
        "TOKEN_MISSING", "TOKEN_MALFORMED", "TOKEN_UNKNOWN", "ALREADY_REGISTERED", "CLIENT_API_UNUSABLE",
        "VERSION_UNSUPPORTED", "ENDPOINT_MISSING", "ENDPOINT_UNKNOWN", "PARTY_MISMATCH",
        "PARTY_BELONGS_TO_ANOTHER", "NOT_ALLOWED", "URL_REFUSED", "ADDRESS_REFUSED", "SCHEME_REFUSED",
        "HOST_REFUSED", "HOST_UNKNOWN", "CONNECTION_FAILED", "TLS_FAILED", "CONNECTION_LOST", "DEADLINE",
        "ANSWER_TOO_LARGE", "ANSWER_INVALID", "PARTNER_REFUSED",
    ),
    Fault.GATEWAY: (
        "NUMBER_TOO_FINE", "INTERNAL_ERROR", "STORE_REFUSED", "STORE_FAILED", "BODY_CORRUPT",
    ),
}  # fmt: skip

ERROR_TEXTS: dict[str, ErrorText] = {
    code: ErrorText(fault, *en.TEXTS[code], *de.TEXTS[code])
    for fault, codes in _CODES_BY_FAULT.items()
    for code in codes
}
