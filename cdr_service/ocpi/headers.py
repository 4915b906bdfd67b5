"""OCPI's own HTTP headers: the token, the message ids, and the routing headers of functional modules.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format (authorization header, message routing, unique
message ids).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING

from cdr_service.domain.errors import CredentialsError, LocalOcpiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdr_service.domain.party import PartyId

AUTHORIZATION = "Authorization"
REQUEST_ID = "X-Request-ID"
CORRELATION_ID = "X-Correlation-ID"

_TOKEN = pattern(r"[!-~]{1,64}", ASCII)
_HEADER = pattern(r"token ([!-~]{1,100})", ASCII)
_MESSAGE_ID = pattern(r"[!-~]{1,128}", ASCII)


def authorization(token: str) -> dict[str, str]:
    """The Authorization header: `Token`, one blank, Base64 of the token's UTF-8 bytes.

    Raises:
        LocalOcpiError: TOKEN_INVALID, a token that OCPI does not allow; the message does not quote it.
    """
    if not _TOKEN.fullmatch(token):
        raise LocalOcpiError("TOKEN_INVALID", "a token has 1 to 64 printable ASCII characters without blanks")
    return {AUTHORIZATION: "Token " + b64encode(token.encode("utf-8")).decode("ascii")}


def token_candidates(header: str | None) -> tuple[str, ...]:
    """What the partner may have meant by its Authorization header; nothing is verified here.

    OCPI 2.2.1 wants Base64, older peers send the token as it is, and a raw token can itself be valid Base64. So both
    readings go to the token store, which compares each in constant time.

    Args:
        header: the header's value as received.

    Returns:
        One or two different candidates, the decoded one first. Nothing is stripped: OCPI's own sample decodes to a
        token with a newline at its end, which is no lawful token and so no candidate.

    Raises:
        CredentialsError: TOKEN_MISSING without header, TOKEN_MALFORMED when it is not `Token <value>`.
    """
    if not header:
        raise CredentialsError("TOKEN_MISSING", "no Authorization header")
    scheme, blank, value = header.partition(" ")
    if not _HEADER.fullmatch(f"{scheme.lower()}{blank}{value}"):
        raise CredentialsError("TOKEN_MALFORMED", "the Authorization header is not Token, one blank, the token")
    readings = (_decoded(value), value)
    return tuple(dict.fromkeys(reading for reading in readings if reading is not None and _TOKEN.fullmatch(reading)))


def _decoded(value: str) -> str | None:
    try:
        return b64decode(value, validate=True).decode("utf-8")
    except (Base64Error, ValueError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageIds:
    """The ids of one message: `request_id` new at every hop, `correlation_id` kept from end to end."""

    request_id: str
    correlation_id: str

    def headers(self) -> dict[str, str]:
        """Both as headers, for a request or for its answer."""
        return {REQUEST_ID: self.request_id, CORRELATION_ID: self.correlation_id}


def message_ids(received: Mapping[str, str], new_id: Callable[[], str]) -> MessageIds:
    """The ids of a received request, to be given back with its answer.

    Args:
        received: the request's headers, looked up by their canonical names.
        new_id: makes an id where the peer sent none (measured) or one that could not stand in a header or a log.
    """
    request_id, correlation_id = received.get(REQUEST_ID, ""), received.get(CORRELATION_ID, "")
    return MessageIds(
        request_id=request_id if _MESSAGE_ID.fullmatch(request_id) else new_id(),
        correlation_id=correlation_id if _MESSAGE_ID.fullmatch(correlation_id) else new_id(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From which party to which a message of a functional module goes; never for versions and credentials."""

    sender: PartyId
    receiver: PartyId

    def headers(self) -> dict[str, str]:
        """The four routing headers."""
        return {
            "OCPI-from-country-code": self.sender.country_code,
            "OCPI-from-party-id": self.sender.party_id,
            "OCPI-to-country-code": self.receiver.country_code,
            "OCPI-to-party-id": self.receiver.party_id,
        }
