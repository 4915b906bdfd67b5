"""The credentials module: while a partner POSTs its credentials, its versions and version details are fetched.

Only loopback addresses are called: the simulator is a test part and must not become a way to reach other hosts.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_credentials, mod_versions, status_codes 3001 to 3003.
"""

from __future__ import annotations

import secrets
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.counterparty.objects import CREDENTIALS
from tools.counterparty.state import COUNTRY_CODE, NAME, PARTY_ID, State
from tools.counterparty.wire import Answer, Json, NotJsonError, Request, authorization, parse_json, refusal, success

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds for one call to the partner, and bytes read of its answer.
CALL_TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 1_000_000

VERSION = "2.2.1"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

CANNOT_USE_API, UNSUPPORTED_VERSION, NO_MATCHING_ENDPOINTS = 3001, 3002, 3003


class HandshakeError(Exception):
    """The partner cannot be used; `code` is the OCPI status code to answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Caller:
    """Calls the partner with TOKEN_B and notes each call for the book."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.calls: list[Json] = []

    def get(self, url: str) -> Any:
        """GET one OCPI object.

        Returns:
            The envelope's `data`.

        Raises:
            HandshakeError: 3001; not loopback, no connection, not 2xx, not JSON, or a status_code that is no 1xxx.
        """
        call: Json = {"url": url, "status": None}
        self.calls.append(call)
        try:
            call["status"], raw = self._fetch(url)
            body = parse_json(raw)
        except (OSError, HTTPException, NotJsonError, ValueError) as error:
            raise HandshakeError(CANNOT_USE_API, f"cannot use {url}: {error}") from error
        code = body.get("status_code") if isinstance(body, dict) else None
        if not 200 <= call["status"] < 300 or not isinstance(code, int) or not 1000 <= code < 2000:
            raise HandshakeError(CANNOT_USE_API, f"{url} answered HTTP {call['status']}, status_code {code}")
        return body.get("data")

    def _fetch(self, url: str) -> tuple[int, bytes]:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise ValueError("only http on loopback is called by the simulator")
        connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=CALL_TIMEOUT_SECONDS)
        headers = {
            "Authorization": authorization(self._token),
            "X-Request-ID": secrets.token_hex(16),
            "X-Correlation-ID": secrets.token_hex(16),
        }
        try:
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
            response = connection.getresponse()
            return response.status, response.read(MAX_ANSWER_BYTES)
        finally:
            connection.close()


def discover(caller: Caller, versions_url: str) -> list[Json]:
    """Read the partner's versions and the details of 2.2.1.

    Returns:
        The endpoints of its version details.

    Raises:
        HandshakeError: 3001 it cannot be called, 3002 it has no 2.2.1, 3003 it publishes no credentials endpoint.
    """
    details_url = next(
        (one["url"] for one in _objects(caller.get(versions_url), "version", "url") if one["version"] == VERSION), None
    )
    if details_url is None:
        raise HandshakeError(UNSUPPORTED_VERSION, f"no version {VERSION} at {versions_url}")
    details = caller.get(details_url)
    endpoints = _objects(details.get("endpoints") if isinstance(details, dict) else None, "identifier", "url")
    if not any(one["identifier"] == "credentials" for one in endpoints):
        raise HandshakeError(NO_MATCHING_ENDPOINTS, f"no credentials endpoint at {details_url}")
    return endpoints


def _objects(value: Any, *fields: str) -> list[Json]:
    candidates: Sequence[Any] = value if isinstance(value, list) else ()
    return [
        one for one in candidates if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in fields)
    ]


def get_credentials(state: State, request: Request) -> Answer:
    """GET: the credentials the caller uses with us."""
    return success(_own_credentials(state, request.token or ""))


def post_credentials(state: State, request: Request) -> Answer:
    """POST: call back with TOKEN_B, then give TOKEN_C. Whoever is registered gets 405."""
    if state.holder_of(request.token) == "C":
        return refusal("already registered", code=2000, status=405)
    if faults := CREDENTIALS(request.body, ""):
        return refusal("; ".join(map(str, faults)))
    caller = Caller(request.body["token"])
    notes: Json = {"handshake": caller.calls}
    try:
        endpoints = discover(caller, request.body["url"])
    except HandshakeError as error:
        return refusal(str(error), code=error.code, notes=notes)
    token_c = state.register(request.body, endpoints)
    if token_c is None:
        return refusal("TOKEN_A is used up", code=2000, status=401, notes=notes)
    return Answer(body=success(_own_credentials(state, token_c)).body, notes=notes)


def not_offered(_state: State, _request: Request) -> Answer:
    """PUT, DELETE: rotation and unregistering are not offered by this eMSP."""
    return refusal("not offered", code=2000, status=405)


def _own_credentials(state: State, token: str) -> Json:
    role = {
        "role": "EMSP",
        "business_details": {"name": NAME},
        "party_id": PARTY_ID,
        "country_code": COUNTRY_CODE,
    }
    return {"token": token, "url": state.url("versions"), "roles": [role]}
