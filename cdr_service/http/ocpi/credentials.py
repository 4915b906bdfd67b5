"""Our credentials module: GET and POST. PUT and DELETE answer 405 in this release.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), credentials. Answers are HTTP 200: measured peers take 201 for a failure.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from cdr_service.http.answers import ocpi_answer
from cdr_service.http.auth import current_caller, require_partner
from cdr_service.http.gateway import gateway
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.schemas.base import load_object
from cdr_service.ocpi.schemas.credentials import CREDENTIALS
from cdr_service.ocpi.schemas.versions import OCPI_VERSION
from cdr_service.services.handshake import accept_registration, own_credentials

blueprint = Blueprint("ocpi_credentials", __name__, url_prefix=f"/ocpi/{OCPI_VERSION}/credentials")
blueprint.before_request(require_partner)


@blueprint.get("")
def show() -> Response:
    """What we say of ourselves, with the token that was presented."""
    return ocpi_answer(CREDENTIALS.dump(own_credentials(gateway(), current_caller().token)))


@blueprint.post("")
def register() -> Response:
    """Register a partner that presents the token we made for it."""
    theirs = load_object(CREDENTIALS, ocpi_json.loads(request.get_data()))
    return ocpi_answer(CREDENTIALS.dump(accept_registration(gateway(), current_caller(), theirs)))
