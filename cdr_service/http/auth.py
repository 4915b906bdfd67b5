"""Who may call what: API keys for the operator, OCPI tokens for partners. Nothing is answered before this."""

from __future__ import annotations

from flask import g, request

from cdr_service.domain.errors import CredentialsError
from cdr_service.http.gateway import gateway
from cdr_service.ocpi.headers import AUTHORIZATION, token_candidates
from cdr_service.services.api_keys import check_api_key
from cdr_service.services.handshake import Caller, identify

#: Everything under it needs a key, its description and paths that do not exist included.
OPERATOR_PREFIX = "/api/"


def require_api_key() -> None:
    """Refuse a request to the operator's API without a known key (`Authorization: Bearer KEY`).

    Raises:
        CredentialsError: API_KEY_MISSING, API_KEY_UNKNOWN.
    """
    if not request.path.startswith(OPERATOR_PREFIX):
        return
    scheme, _, key = request.headers.get(AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not key or len(key) > 100:
        raise CredentialsError("API_KEY_MISSING", "send the API key as `Authorization: Bearer KEY`")
    check_api_key(gateway(), key)


def require_partner() -> None:
    """Refuse a partner's request without a known token, and keep who it is for the view.

    Raises:
        CredentialsError: TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_UNKNOWN.
    """
    g.caller = identify(gateway(), token_candidates(request.headers.get(AUTHORIZATION)))


def current_caller() -> Caller:
    """The partner that sent the current request; only after `require_partner`."""
    caller: Caller = g.caller
    return caller
