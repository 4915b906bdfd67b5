"""The OCPI modules of the simulated eMSP: versions, tariffs (receiver), tokens (sender), cdrs (receiver).

`HANDLERS` says which function serves which method at which depth below a module's URL; `respond` finds it.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_versions, mod_tariffs, mod_tokens, mod_cdrs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tools.counterparty.objects import LOCATION_REFERENCES, TARIFF
from tools.counterparty.registration import VERSION, get_credentials, not_offered, post_credentials
from tools.counterparty.schema import Complaint, Fault
from tools.counterparty.state import DuplicatePolicy, State, StoredCdr, owner_and_id
from tools.counterparty.validation import judge_cdr
from tools.counterparty.wire import Answer, Json, Request, refusal, success

Handler = Callable[[State, Request], Answer]

#: OCPI status codes of absent objects.
UNKNOWN_OBJECT, UNKNOWN_TOKEN = 2000, 2004

#: The largest page of the tokens list.
PAGE_LIMIT = 50


def get_versions(state: State, _request: Request) -> Answer:
    """The versions, 2.1.1 first, so that a partner has to choose."""
    listed = (("2.1.1", "version_details_2_1_1"), (VERSION, "version_details"))
    return success([{"version": version, "url": state.url(module)} for version, module in listed])


def get_version_details(state: State, _request: Request) -> Answer:
    """The endpoints of 2.2.1."""
    offered = (("credentials", "SENDER"), ("tariffs", "RECEIVER"), ("tokens", "SENDER"), ("cdrs", "RECEIVER"))
    endpoints = [{"identifier": name, "role": role, "url": state.url(name)} for name, role in offered]
    return success({"version": VERSION, "endpoints": endpoints})


def get_old_version_details(state: State, _request: Request) -> Answer:
    """The endpoints of 2.1.1 (no roles there): only credentials, for nobody should choose it."""
    url = state.url("version_details_2_1_1")
    return success({"version": "2.1.1", "endpoints": [{"identifier": "credentials", "url": f"{url}/credentials"}]})


def put_tariff(state: State, request: Request) -> Answer:
    """Take a tariff; the URL names the same owner and id as the body, and the owner is the partner."""
    faults = TARIFF(request.body, "")
    if not faults and owner_and_id(request.body) != _identity(request):
        faults = [Fault(Complaint.URL_BODY_MISMATCH, "/id", "URL and body name different tariffs")]
    if faults:
        return refusal("; ".join(map(str, faults)))
    if not state.partner_owns(*request.segments[:2]):
        return _unknown("party")
    with state.lock:
        known = _identity(request) in state.tariffs
        state.tariffs[_identity(request)] = request.body
    return success(status=200 if known else 201)


def get_tariff(state: State, request: Request) -> Answer:
    """Show a tariff as it was put."""
    tariff = state.tariffs.get(_identity(request))
    return success(tariff) if tariff is not None else _unknown("tariff")


def delete_tariff(state: State, request: Request) -> Answer:
    """Forget a tariff."""
    with state.lock:
        found = state.tariffs.pop(_identity(request), None)
    return success() if found is not None else _unknown("tariff")


def list_tokens(state: State, request: Request) -> Answer:
    """One page of the issued tokens, oldest first."""
    offset, limit = (
        int(request.query.get(name, "")) if request.query.get(name, "").isdecimal() else default
        for name, default in (("offset", 0), ("limit", PAGE_LIMIT))
    )
    limit = min(limit, PAGE_LIMIT)
    with state.lock:
        tokens = list(state.tokens.values())
    headers = {"X-Total-Count": str(len(tokens)), "X-Limit": str(PAGE_LIMIT)}
    if 0 < limit < len(tokens) - offset:
        headers["Link"] = f'<{state.url("tokens")}?offset={offset + limit}&limit={limit}>; rel="next"'
    return success(tokens[offset : offset + limit], headers=headers)


def authorize(state: State, request: Request) -> Answer:
    """Real-time authorization: ALLOWED with a reference, BLOCKED, or 404 and 2004 for a card nobody issued."""
    uid, action = request.segments
    if action != "authorize":
        return _unknown("resource")
    faults = LOCATION_REFERENCES(request.body, "") if request.body is not None else []
    if faults:
        return refusal("; ".join(map(str, faults)))
    key = (uid.upper(), request.query.get("type", "RFID"))
    with state.lock:
        token = state.tokens.get(key)
        if token is None:
            return refusal("unknown token", code=UNKNOWN_TOKEN, status=404)
        allowed: Json = {"allowed": "ALLOWED" if token["valid"] else "BLOCKED", "token": token}
        if token["valid"]:
            allowed["authorization_reference"] = secrets.token_hex(12)
            state.authorizations[allowed["authorization_reference"]] = key
        if request.body is not None:
            allowed["location"] = request.body
    return success(allowed)


def post_cdr(state: State, request: Request) -> Answer:
    """Judge a CDR; take it with 201 and a Location, or refuse it with 2001 and say why."""
    verdict = judge_cdr(request.body)
    faults = list(verdict.faults) or _faults_with_us(state, request.body)
    notes: Json = {"recomputation": {**verdict.for_book(), "faults": [str(fault) for fault in faults]}}
    if faults:
        return refusal("; ".join(map(str, faults)), notes=notes)
    if not state.partner_owns(request.body["country_code"], request.body["party_id"]):
        return Answer(status=404, body=_unknown("party").body, notes=notes)
    with state.lock:
        answer = _store(state, request.body)
    return Answer(status=answer.status, body=answer.body, headers=answer.headers, notes=notes)


def _faults_with_us(state: State, cdr: Json) -> list[Fault]:
    """What only this eMSP can know: its own card and contract, and the authorization it gave."""
    used = cdr["cdr_token"]
    key = (used["uid"].upper(), used["type"])
    with state.lock:
        token, given = state.tokens.get(key), dict(state.authorizations)
    same = token is not None and all(
        used[name].upper() == token[name].upper() for name in ("country_code", "party_id", "contract_id")
    )
    if not same:
        return [Fault(Complaint.TOKEN_UNKNOWN, "/cdr_token", "no token of ours")]
    reference = cdr.get("authorization_reference")
    needed = cdr["auth_method"] == "AUTH_REQUEST" or reference is not None
    if needed and given.get(reference or "") != key:
        return [Fault(Complaint.AUTHORIZATION_UNKNOWN, "/authorization_reference", f"{reference!r} was never given")]
    return []


def _store(state: State, cdr: Json) -> Answer:
    held = state.find_cdrs(owner_and_id(cdr))
    if held and state.duplicates is not DuplicatePolicy.STORE_AGAIN:
        if state.duplicates is DuplicatePolicy.REJECT or held[0].body != cdr:
            return refusal("a CDR with this id already exists")
        return success(headers={"Location": _location(state, held[0])})
    key = state.paths.location_key(cdr["id"])
    if any(one.key == key for one in state.cdrs):
        key = secrets.token_hex(16)
    stored = StoredCdr(key=key, body=cdr)
    state.cdrs.append(stored)
    return success(status=201, headers={"Location": _location(state, stored)})


def _location(state: State, stored: StoredCdr) -> str:
    return f"{state.url('cdr')}/{quote(stored.key, safe='')}"


def get_cdr(state: State, request: Request) -> Answer:
    """Show a CDR at its Location."""
    with state.lock:
        found = next((one for one in state.cdrs if one.key == request.segments[0]), None)
    return success(found.body) if found is not None else _unknown("CDR")


def _identity(request: Request) -> tuple[str, str, str]:
    country_code, party_id, object_id = request.segments
    return country_code.upper(), party_id.upper(), object_id.upper()


def _unknown(what: str) -> Answer:
    return refusal(f"unknown {what}", code=UNKNOWN_OBJECT, status=404)


#: (module, number of path segments behind its URL) -> method -> handler.
HANDLERS: dict[tuple[str, int], dict[str, Handler]] = {
    ("versions", 0): {"GET": get_versions},
    ("version_details", 0): {"GET": get_version_details},
    ("version_details_2_1_1", 0): {"GET": get_old_version_details},
    ("credentials", 0): {
        "GET": get_credentials,
        "POST": post_credentials,
        "PUT": not_offered,
        "DELETE": not_offered,
    },
    ("tariffs", 3): {"GET": get_tariff, "PUT": put_tariff, "DELETE": delete_tariff},
    ("tokens", 0): {"GET": list_tokens},
    ("tokens", 2): {"POST": authorize},
    ("cdrs", 0): {"POST": post_cdr},
    ("cdr", 1): {"GET": get_cdr},
}


def respond(state: State, request: Request) -> Answer:
    """Serve an authenticated request: 404 where nothing is, 405 where the method is wrong."""
    by_method: dict[str, Any] | None = HANDLERS.get((request.module, len(request.segments)))
    if by_method is None:
        return _unknown("resource")
    handler = by_method.get(request.method)
    return handler(state, request) if handler else refusal("method not allowed", code=2000, status=405)
