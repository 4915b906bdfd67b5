"""A CDR with everything that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import NotFoundError
from cdr_service.domain.party import PartyId
from cdr_service.http.answers import json_answer
from cdr_service.http.api.arguments import ApiBlueprint
from cdr_service.http.api.sessions import findings_json, verdict_json
from cdr_service.http.gateway import gateway
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.types import format_date_time

if TYPE_CHECKING:
    from flask import Response

    from cdr_service.persistence.records import Delivery

blueprint = ApiBlueprint("cdrs", __name__, url_prefix="/api/v1/cdrs", description=__doc__ or "")


@blueprint.get("/<country_code>/<party_id>/<cdr_id>")
def get_cdr(country_code: str, party_id: str, cdr_id: str) -> Response:
    """State, body, reconciliation, verdicts and deliveries of one CDR."""
    try:
        party = PartyId(country_code, party_id)
    except ValueError as error:
        raise NotFoundError("CDR_UNKNOWN", "there is no such party", where=f"{country_code}/{party_id}") from error
    with gateway().transaction() as store:
        found = store.get_cdr(party, cdr_id)
    report = found.reconciliation
    return json_answer(
        {
            "state": found.state,
            "cdr": None if found.body is None else ocpi_json.loads(found.body),
            "reconciliation": None if report is None else ocpi_json.loads(report.report),
            "verdicts": [verdict_json(one) for one in found.verifications],
            "deliveries": [_delivery(one) for one in found.deliveries],
            "findings": findings_json(found.findings),
        }
    )


def _delivery(one: Delivery) -> dict[str, Any]:
    attempts = [
        {
            "attempt_no": attempt.attempt_no,
            "request_id": attempt.request_id,
            "outcome": attempt.outcome,
            "http_status": attempt.http_status,
            "status_code": attempt.ocpi_status_code,
            "status_message": attempt.status_message,
            "ended_at": format_date_time(attempt.ended_at),
            "body_sha256": attempt.body_sha256,
        }
        for attempt in one.attempts
    ]
    return {
        "counterparty_id": one.counterparty_id,
        "state": one.state,
        "attempt_no": one.attempt_no,
        "due_at": None if one.due_at is None else format_date_time(one.due_at),
        "correlation_id": one.correlation_id,
        "location": one.location,
        "attempts": attempts,
    }
