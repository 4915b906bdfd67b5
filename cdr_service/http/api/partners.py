"""Invite counterparties and register at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdr_service.http.answers import json_answer
from cdr_service.http.api.arguments import ApiBlueprint
from cdr_service.http.api.schemas.requests import InvitationSchema
from cdr_service.http.gateway import gateway
from cdr_service.services.handshake import register_at_partner
from cdr_service.services.invite import invitation_from, invite

if TYPE_CHECKING:
    from flask import Response

blueprint = ApiBlueprint("partners", __name__, url_prefix="/api/v1/counterparties", description=__doc__ or "")


@blueprint.post("")
@blueprint.arguments(InvitationSchema)
def post_counterparty(body: dict[str, Any]) -> Response:
    """Create a counterparty; where no token came with the invitation, the answer holds the one to hand over, once."""
    invited = invite(gateway(), invitation_from(body))
    answer = {"name": invited.counterparty.name, "state": invited.counterparty.state}
    if invited.token_for_partner is not None:
        answer["token"] = invited.token_for_partner
    return json_answer(answer, 201)


@blueprint.post("/<name>/handshake")
def post_handshake(name: str) -> Response:
    """Register at a counterparty whose token the invitation holds."""
    partner = register_at_partner(gateway(), name)
    return json_answer({"name": partner.name, "state": partner.state})
