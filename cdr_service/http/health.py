"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response

from cdr_service.http.answers import json_answer
from cdr_service.http.gateway import gateway

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return json_answer({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database answers too."""
    with gateway().transaction() as store:
        store.ping()
    return json_answer({"status": "ready"})
