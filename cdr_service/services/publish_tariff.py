"""Take over a tariff of the operator and push it to every registered eMSP (PUT)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import NotFoundError
from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.headers import Route
from cdr_service.ocpi.schemas.tariffs import read_tariff
from cdr_service.ocpi.schemas.versions import ModuleId
from cdr_service.persistence.records import (
    Counterparty,
    CounterpartyState,
    EndpointRole,
    PushState,
    StoredTariff,
    TariffPush,
)
from cdr_service.services.partners import connection
from cdr_service.services.publish_location import own_party

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: What an answer to a tariff's PUT means; a PUT may be repeated, so everything else is just a failure.
PUSH_STATE = {DeliveryOutcome.ACCEPTED: PushState.ACCEPTED, DeliveryOutcome.REJECTED: PushState.REJECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTariff:
    """A tariff version and what each partner said to it."""

    tariff: StoredTariff
    pushes: tuple[tuple[str, TariffPush], ...]


def publish_tariff(ports: Ports, tariff_id: str, wire: Mapping[str, Any]) -> PublishedTariff:
    """Keep a tariff as a new immutable version and push it.

    Raises:
        InvalidObjectError: it breaks OCPI 2.2.1.
        TariffError: it says more than this release can price, so it is not taken at all.
        RequestError: ID_MISMATCH, PARTY_NOT_OURS.
    """
    read_tariff(wire)
    party = own_party(ports, wire, tariff_id)
    with ports.transaction() as store:
        stored = store.put_tariff(party, tariff_id, ocpi_json.canonical(wire), now=ports.clock())
        partners = store.list_counterparties()
    registered = [partner for partner in partners if partner.state is CounterpartyState.REGISTERED]
    return PublishedTariff(
        tariff=stored, pushes=tuple((one.name, push_tariff(ports, one, stored)) for one in registered)
    )


def push_tariff(ports: Ports, partner: Counterparty, tariff: StoredTariff) -> TariffPush:
    """Send one tariff to one partner and note the answer; a failure is noted, not raised."""
    state, answer = _put(ports, partner, tariff)
    push = TariffPush(
        counterparty_id=partner.id,
        party=tariff.party,
        tariff_id=tariff.id,
        sha256=tariff.sha256,
        state=state,
        answer=answer,
    )
    with ports.transaction() as store:
        store.put_tariff_push(push, now=ports.clock())
    log.info("tariff_pushed counterparty=%s tariff=%s state=%s", partner.name, tariff.id, state)
    return push


def _put(ports: Ports, partner: Counterparty, tariff: StoredTariff) -> tuple[PushState, str]:
    try:
        link = connection(ports, partner, ModuleId.TARIFFS, EndpointRole.RECEIVER)
    except NotFoundError as error:
        return PushState.FAILED, str(error)
    route = Route(sender=tariff.party, receiver=partner.party)
    report = link.client.put_tariff(link.url, link.token, tariff.party, tariff.id, tariff.canonical_json, route=route)
    return PUSH_STATE.get(report.outcome, PushState.FAILED), f"{report.detail} {report.status_message or ''}".strip()
