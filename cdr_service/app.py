"""The composition root: the only place that wires settings, clock, randomness, transport, database and views."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Flask
from flask_smorest import Api

from cdr_service.clock import system_clock
from cdr_service.dispatch import Dispatch, LoopDispatch
from cdr_service.http.answers import return_message_ids
from cdr_service.http.api import assets, cdrs, partners, sessions
from cdr_service.http.auth import require_api_key
from cdr_service.http.errors import register_error_handlers
from cdr_service.http.gateway import EXTENSION
from cdr_service.http.health import blueprint as health
from cdr_service.http.ocpi import credentials, versions
from cdr_service.ocpi.client import OcpiClient
from cdr_service.ocpi.transport import OutboundPolicy, Transport, Urllib3Transport
from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.migrations.upgrade import migrate
from cdr_service.services.ports import Ports
from cdr_service.services.submit_cdr import submit_cdr

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Engine

    from cdr_service.settings import Settings

#: Bytes of a request's body that are read at all.
MAX_BODY_BYTES = 1_048_576

VIEWS = (assets.blueprint, partners.blueprint, sessions.blueprint, cdrs.blueprint)
PLAIN_VIEWS = (versions.blueprint, credentials.blueprint, health)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A wired gateway: its web application, its ports, and the engine that makes delivery attempts."""

    app: Flask
    ports: Ports
    dispatch: Dispatch


def create_gateway(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = system_clock,
    transport: Transport | None = None,
    new_id: Callable[[], str] = lambda: str(uuid4()),
) -> Gateway:
    """Wire a gateway and bring its database to the present schema.

    Args:
        settings: checked settings.
        clock: gives the present instant, aware.
        transport: the way out to partners; the real one unless a test gives another.
        new_id: makes unique ids of at most 36 characters.
    """
    engine = open_engine(settings.database_url)
    migrate(engine)
    ports, dispatch = _wire(settings, engine, clock, transport or _real_transport(settings), new_id)
    return Gateway(app=create_app(ports), ports=ports, dispatch=dispatch)


def create_app(ports: Ports) -> Flask:
    """The web application: OCPI under `/ocpi`, the operator's API under `/api/v1`."""
    app = Flask("cdr_service", static_folder=None)
    # A doubled slash is no resource: werkzeug would answer with a redirect in HTML, before anybody asks for a key.
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_TITLE="eichwerk operator API",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.extensions[EXTENSION] = ports
    api = Api(app)
    for view in VIEWS:
        api.register_blueprint(view)
    for plain in PLAIN_VIEWS:
        app.register_blueprint(plain)
    register_error_handlers(app)
    app.before_request(require_api_key)
    app.after_request(return_message_ids)
    return app


def _real_transport(settings: Settings) -> Transport:
    return Urllib3Transport(OutboundPolicy(allow_private=settings.allow_private_partners))


def _wire(
    settings: Settings,
    engine: Engine,
    clock: Callable[[], datetime],
    transport: Transport,
    new_id: Callable[[], str],
) -> tuple[Ports, Dispatch]:
    def client_for(hosts: frozenset[str]) -> OcpiClient:
        return OcpiClient(transport, new_id=new_id, hosts=hosts, deadline_seconds=settings.partner_timeout_seconds)

    dispatch = LoopDispatch(
        engine, lambda claim: submit_cdr(ports, claim), clock, poll_seconds=settings.worker_interval_seconds
    )
    ports = Ports(
        settings=settings,
        engine=engine,
        clock=clock,
        new_id=new_id,
        new_secret=token_bytes,
        client_for=client_for,
        enqueue=dispatch.enqueue,
    )
    return ports, dispatch
