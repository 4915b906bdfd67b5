"""A charging session from authorization to CDR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import RequestError
from cdr_service.domain.party import PartyId
from cdr_service.domain.session import AuthMethod, CdrToken, TokenType
from cdr_service.http.answers import json_answer
from cdr_service.http.api.arguments import ApiBlueprint
from cdr_service.http.api.schemas.requests import (
    AuthorizationRequestSchema,
    SessionCloseSchema,
    SessionEventSchema,
    SessionStartSchema,
)
from cdr_service.http.gateway import gateway
from cdr_service.ocpi.types import format_date_time
from cdr_service.services.authorize import AuthorizationRequest, authorize
from cdr_service.services.close_session import close_session
from cdr_service.services.record_event import RecordedEvent, SignedValueEvent, StateEvent, record_event
from cdr_service.services.session_findings import as_stored
from cdr_service.services.start_session import SessionStart, start_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Response

    from cdr_service.persistence.records import PayloadVerification, StoredFinding

blueprint = ApiBlueprint("sessions", __name__, url_prefix="/api/v1", description=__doc__ or "")

PLACE = ("token", "location_id", "evse_uid", "connector_id", "auth_method")


@blueprint.post("/authorizations")
@blueprint.arguments(AuthorizationRequestSchema)
def post_authorization(body: dict[str, Any]) -> Response:
    """Ask for permission to charge, and freeze the tariff."""
    authorization = authorize(gateway(), _request(body))
    snapshot = authorization.snapshot
    answer = {
        "authorization_id": authorization.authorization_id,
        "allowed": authorization.allowed,
        "tariff_id": snapshot.tariff.id,
        "tariff_sha256": snapshot.sha256,
        "taken_at": format_date_time(snapshot.taken_at),
    }
    return json_answer(answer, 201)


@blueprint.post("/sessions")
@blueprint.arguments(SessionStartSchema)
def post_session(body: dict[str, Any]) -> Response:
    """Start a session under its authorization, or without one (WHITELIST, COMMAND): then the tariff is frozen now."""
    if "authorization_id" in body and any(name in body for name in PLACE):
        raise RequestError(
            "FIELD_INVALID",
            "the authorization says who and where: leave out token and place",
            where="/authorization_id",
        )
    start = SessionStart(
        session_id=body["session_id"],
        start_date_time=body["start_date_time"],
        authorization_id=body.get("authorization_id"),
        without_authorization=_request(body) if all(name in body for name in PLACE) else None,
    )
    started = start_session(gateway(), start)
    findings = findings_json(as_stored(finding) for finding in started.findings)
    return json_answer(
        {"session_id": started.session.session_id, "state": started.session.state, "findings": findings}, 201
    )


@blueprint.get("/sessions/<path:session_id>")
def get_session(session_id: str) -> Response:
    """A session's state, its CDR if it has one, every verdict of each signed value, and every finding.

    A value is judged at its event (`run` 1) and again, from its bytes, at each close: the last run is what counts.
    """
    ports = gateway()
    party = ports.settings.party
    with ports.transaction() as store:
        session = store.get_session(party, session_id)
        cdr = store.find_cdr_of_session(party, session_id)
        findings = store.list_session_findings(party, session_id)
        verdicts = store.list_verifications(party, session_id)
    return json_answer(
        {
            "session_id": session.session_id,
            "state": session.state if cdr is None else cdr.state,
            "cdr_id": None if cdr is None else cdr.id,
            "verdicts": [verdict_json(one) for one in verdicts],
            "findings": findings_json(findings if cdr is None else cdr.findings),
        }
    )


@blueprint.post("/sessions/<path:session_id>/events")
@blueprint.arguments(SessionEventSchema)
def post_event(body: dict[str, Any], session_id: str) -> Response:
    """Take in a signed value (kept byte for byte, whatever it is) or a change of state."""
    return json_answer(_recorded(record_event(gateway(), session_id, _event(body))), 201)


@blueprint.post("/sessions/<path:session_id>/close")
@blueprint.arguments(SessionCloseSchema)
def post_close(body: dict[str, Any], session_id: str) -> Response:
    """Close a session: a CDR on its way, or every reason why there is none."""
    closed = close_session(gateway(), session_id, body["end_date_time"])
    return json_answer(
        {
            "cdr_id": closed.cdr_id,
            "state": closed.state,
            "findings": findings_json(closed.findings),
            "verdicts": [verdict_json(one) for one in closed.verdicts],
        }
    )


def verdict_json(one: PayloadVerification) -> dict[str, Any]:
    """What was said of one signed value, by which version of the program, and in which judgement of its payload."""
    return {
        "payload_id": one.payload_id,
        "index": one.value_index,
        "run": one.run,
        "status": one.status,
        "problems": list(one.problems),
        "warnings": list(one.warnings),
        "signer_kind": one.signer_kind,
        "key_fingerprint": one.key_fingerprint,
        "program_version": one.program_version,
        "judged_at": format_date_time(one.judged_at),
    }


def findings_json(findings: Iterable[StoredFinding]) -> list[dict[str, Any]]:
    """Findings as they are shown everywhere."""
    return [{"code": one.code, "severity": one.severity, "message": one.message, "path": one.path} for one in findings]


def _request(body: Mapping[str, Any]) -> AuthorizationRequest:
    token = body["token"]
    return AuthorizationRequest(
        token=CdrToken(
            party=PartyId(token["country_code"], token["party_id"]),
            uid=token["uid"],
            type=TokenType(token["type"]),
            contract_id=token["contract_id"],
        ),
        location_id=body["location_id"],
        evse_uid=body["evse_uid"],
        connector_id=body["connector_id"],
        auth_method=AuthMethod(body["auth_method"]),
    )


def _event(body: Mapping[str, Any]) -> SignedValueEvent | StateEvent:
    needed = {"signed_value": "payload", "state": "state"}[body["type"]]
    if needed not in body:
        raise RequestError("FIELD_MISSING", f"an event of type {body['type']} needs {needed}", where=f"/{needed}")
    if body["type"] == "state":
        return StateEvent(at=body["at"], state=body["state"])
    return SignedValueEvent(at=body["at"], payload=body["payload"], encoding=body["encoding"])


def _recorded(recorded: RecordedEvent) -> dict[str, Any]:
    answer: dict[str, Any] = {"seq": recorded.seq, "payload_id": recorded.payload_id}
    judgement = recorded.judgement
    if judgement is None:
        return answer
    values = [
        {
            "index": one.payload.index,
            "status": one.status,
            "problems": [str(code) for code in one.problems],
            "warnings": [str(code) for code in one.warnings],
            "signer_kind": one.signer_kind,
            # In words, such as which certificate a message names that nobody has registered; shown once and not kept.
            "detail": one.detail,
        }
        for one in judgement.values
    ]
    problem = None if judgement.error is None else str(judgement.error.code)
    return answer | {"verdict": judgement.verdict, "values": values, "problem": problem}
