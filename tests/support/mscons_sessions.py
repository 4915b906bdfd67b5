"""Sessions at the gateway whose evidence is signed MSCONS: registration, files as events, what becomes of the CDR."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.support.gateway import tariff_components
from tests.support.meter import END
from tests.support.mscons_meter import new_meter
from tools.fixtures.edifact import in_message
from tools.fixtures.edifact.people import EC_PARTY

if TYPE_CHECKING:
    from tests.support.gateway import Json, RunningGateway, Session
    from tests.support.mscons_meter import MsconsMeter
    from tools.fixtures.edifact.certificates import Certificate
    from tools.fixtures.edifact.signing_keys import Key

ENERGY_ONLY = tariff_components(ENERGY="0.50")
REASON = "Vertrag 2026-17: der Messstellenbetreiber haftet für die Werte"
PARTY_NAME = "party-9900000000001"


def register(gateway: RunningGateway, meter: MsconsMeter, name: str = "nameplate", **fields: object) -> Json:
    """Register the meter's certificate, or what `fields` say."""
    usual = {"public_key": meter.certificate.pem.decode(), "source": "bnetza"}
    return gateway.ask("PUT", f"/meters/{meter.serial}/keys/{quote(name)}", usual | fields)


def registered_meter(gateway: RunningGateway, key: Key | None = None) -> MsconsMeter:
    """A new meter whose certificate is registered."""
    meter = new_meter(key)
    register(gateway, meter)
    return meter


def started(gateway: RunningGateway, *files: bytes) -> Session:
    """A session at a place of its own, with these files brought at its end."""
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    for file in files:
        bring(session, file)
    return session


def bring(session: Session, file: bytes, at: str = END) -> Json:
    """Report a file in base64, which carries every byte."""
    return session.value(at, b64encode(file).decode(), encoding="base64")


def state_of(gateway: RunningGateway, closed: Json) -> str:
    """The state of a CDR after its delivery."""
    gateway.deliver_all()
    return str(gateway.cdr(closed["cdr_id"])["state"])


def party_file(meter: MsconsMeter, certificate: Certificate = EC_PARTY) -> bytes:
    """The meter's usual message, signed by a market party."""
    return in_message.file_of(meter.registers(), in_message.Group(certificate=certificate))


def party_session(gateway: RunningGateway) -> Session:
    """A session whose evidence a registered market party signed."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    return started(gateway, party_file(meter))
