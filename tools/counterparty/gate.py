"""The checks every request passes before its module sees it: token, ids, JSON.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.counterparty.modules import respond
from tools.counterparty.wire import Answer, Json, NotJsonError, Request, parse_json, refusal

if TYPE_CHECKING:
    from tools.counterparty.state import State

#: Modules TOKEN_A opens; on every other it is 401.
_OPEN_TO_TOKEN_A = frozenset({"versions", "version_details", "version_details_2_1_1", "credentials"})
_FUNCTIONAL = frozenset({"tariffs", "tokens", "cdrs", "cdr"})
#: Ids that must stand on every request and return in the answer.
MESSAGE_IDS = ("X-Request-ID", "X-Correlation-ID")
_ROUTING = tuple(f"ocpi-{way}-{part}" for way in ("to", "from") for part in ("party-id", "country-code"))


def admit(state: State, request: Request) -> Answer:
    """Check a request and serve it.

    Returns:
        401 for a wrong, used up or misplaced token; 2001 for absent message ids or another content type; 400 for a
        body that is not JSON; else what the module says. Message ids return in the answer, remarks go to the book.
    """
    answer = _checked(state, request)
    ids = {name: request.headers[name.lower()] for name in MESSAGE_IDS if name.lower() in request.headers}
    notes: Json = {**answer.notes, "remarks": remarks(request)}
    return replace(answer, headers={**answer.headers, **ids}, notes=notes)


def _checked(state: State, request: Request) -> Answer:
    holder = state.holder_of(request.token)
    if holder is None or (holder == "A" and request.module not in _OPEN_TO_TOKEN_A):
        return unauthorized()
    missing = [name for name in MESSAGE_IDS if not request.headers.get(name.lower())]
    if missing:
        return refusal(f"{', '.join(missing)} missing")
    if not request.raw:
        return _without_body(state, request)
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        return refusal(f"Content-Type {content_type!r}, expected application/json")
    try:
        return respond(state, replace(request, body=parse_json(request.raw)))
    except NotJsonError as error:
        return refusal(str(error), code=2000, status=400)


def _without_body(state: State, request: Request) -> Answer:
    needs_body = request.method in {"POST", "PUT"} and request.module != "tokens"
    return refusal("body missing", code=2000, status=400) if needs_body else respond(state, request)


def unauthorized() -> Answer:
    """401, with an envelope."""
    return refusal("unknown or missing token", code=2000, status=401)


def remarks(request: Request) -> list[str]:
    """What is not as the specification has it, but is tolerated: the routing headers (ocpi#501, ocpi#277)."""
    present = [name for name in _ROUTING if name in request.headers]
    if request.module in _FUNCTIONAL:
        return [f"{name} missing" for name in _ROUTING if name not in present]
    return [f"{name} on a configuration module" for name in present]
