"""Our versions and version details.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), version_information_endpoint.
"""

from __future__ import annotations

from flask import Blueprint, Response

from cdr_service.http.answers import ocpi_answer
from cdr_service.http.auth import require_partner
from cdr_service.http.gateway import gateway
from cdr_service.ocpi.schemas.versions import OCPI_VERSION, InterfaceRole, ModuleId

blueprint = Blueprint("ocpi_versions", __name__, url_prefix="/ocpi")
blueprint.before_request(require_partner)


@blueprint.get("/versions")
def versions() -> Response:
    """The versions we speak: one."""
    return ocpi_answer([{"version": OCPI_VERSION, "url": f"{_base()}/{OCPI_VERSION}"}])


@blueprint.get(f"/{OCPI_VERSION}")
def version_details() -> Response:
    """The modules that this release serves."""
    credentials = {
        "identifier": ModuleId.CREDENTIALS,
        "role": InterfaceRole.SENDER,
        "url": f"{_base()}/{OCPI_VERSION}/credentials",
    }
    return ocpi_answer({"version": OCPI_VERSION, "endpoints": [credentials]})


def _base() -> str:
    return f"{gateway().settings.public_url}/ocpi"
