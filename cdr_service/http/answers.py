"""How answers are written: exact JSON, in OCPI's envelope for partners, plain for the operator's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from cdr_service.http.gateway import gateway
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.envelope import success
from cdr_service.ocpi.headers import CORRELATION_ID, REQUEST_ID, message_ids

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_answer(body: Mapping[str, Any], http_status: int = 200) -> Response:
    """JSON with exact numbers."""
    return Response(ocpi_json.dumps(body), status=http_status, content_type="application/json")


def ocpi_answer(data: Any) -> Response:
    """A success in OCPI's envelope, HTTP 200."""
    return json_answer(success(data, gateway().clock()))


def return_message_ids(response: Response) -> Response:
    """Give a partner's message ids back with the answer (after every request under /ocpi)."""
    if request.path.startswith("/ocpi"):
        received = {name: request.headers.get(name, "") for name in (REQUEST_ID, CORRELATION_ID)}
        ids = message_ids(received, gateway().new_id)
        response.headers.update(ids.headers())
    return response
