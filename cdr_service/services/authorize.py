"""Authorize a driver at a connector, and freeze the tariff that will be billed.

Real-time authorization (AUTH_REQUEST) asks the driver's eMSP. For WHITELIST and COMMAND the charge point operator's
system decided already; the permission is noted and the tariff frozen all the same.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tokens (real-time authorization), mod_cdrs (AuthMethod, tariffs as at
start).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import NotFoundError, RemoteOcpiError
from cdr_service.domain.session import AllowedType, AuthMethod, Authorization, CdrToken, TokenType
from cdr_service.domain.tariff import Tariff, TariffType
from cdr_service.domain.tariff_snapshot import SnapshotReason, TariffSnapshot
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.headers import Route
from cdr_service.ocpi.schemas.locations import cdr_location, tariff_ids
from cdr_service.ocpi.schemas.tokens import LocationReferences
from cdr_service.ocpi.schemas.versions import ModuleId
from cdr_service.persistence.records import Counterparty, EndpointRole, StoredTariff
from cdr_service.services.partners import connection
from cdr_service.services.ports import Ports, tariff_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cdr_service.persistence.store import Store

#: Which tariff types a token may be billed by; None is a tariff for everybody.
TYPES_FOR_TOKEN: Mapping[TokenType, frozenset[TariffType | None]] = {
    TokenType.AD_HOC_USER: frozenset({TariffType.AD_HOC_PAYMENT, None}),
    TokenType.APP_USER: frozenset({TariffType.REGULAR, None}),
    TokenType.OTHER: frozenset({TariffType.REGULAR, None}),
    TokenType.RFID: frozenset({TariffType.REGULAR, None}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """Who wants to charge where, and how that was or will be decided."""

    token: CdrToken
    location_id: str
    evse_uid: str
    connector_id: str
    auth_method: AuthMethod


def authorize(ports: Ports, request: AuthorizationRequest) -> Authorization:
    """Ask for permission and freeze the tariff.

    Returns:
        The authorization, also when the answer was no: `allowed` says so, and no session can start under it.

    Raises:
        NotFoundError: LOCATION_UNKNOWN, EVSE_UNKNOWN, CONNECTOR_UNKNOWN, TARIFF_UNKNOWN, TOKEN_PARTY_UNKNOWN.
        RemoteOcpiError: the eMSP could not be asked; nothing is written.
    """
    authorization, partner = permission(ports, request, SnapshotReason.AUTHORIZATION)
    if request.auth_method is AuthMethod.AUTH_REQUEST:
        authorization = _ask_partner(ports, partner, authorization)
    with ports.transaction() as store:
        store.add_authorization(authorization, now=ports.clock())
    return authorization


def permission(
    ports: Ports, request: AuthorizationRequest, reason: SnapshotReason
) -> tuple[Authorization, Counterparty]:
    """The permission as our side sees it, with the tariff frozen now; nothing is written.

    Raises:
        NotFoundError: see `authorize`.
    """
    now = ports.clock()
    with ports.transaction() as store:
        partner = store.get_counterparty_of_party(request.token.party)
        location = store.find_location(ports.settings.party, request.location_id)
        if location is None:
            raise NotFoundError("LOCATION_UNKNOWN", "there is no location of this id", where="/location_id")
        wire = ocpi_json.loads(location.canonical_json)
        tariff = _applicable_tariff(ports, store, wire, request, now)
    authorization = Authorization(
        authorization_id=ports.new_id(),
        token=request.token,
        location=cdr_location(wire, request.evse_uid, request.connector_id),
        auth_method=request.auth_method,
        allowed=AllowedType.ALLOWED,
        authorization_reference=None,
        snapshot=_freeze(tariff, wire["time_zone"], now, reason),
    )
    return authorization, partner


def _applicable_tariff(
    ports: Ports, store: Store, location: Mapping[str, Any], request: AuthorizationRequest, now: datetime
) -> StoredTariff:
    """The first tariff of the connector that is valid now and meant for this kind of token."""
    types = TYPES_FOR_TOKEN[request.token.type]
    for tariff_id in tariff_ids(location, request.evse_uid, request.connector_id):
        stored = store.find_tariff(ports.settings.party, tariff_id)
        if stored is None:
            continue
        tariff: Tariff = tariff_from_json(stored.canonical_json)
        if tariff.type in types and tariff.is_valid_at(now):
            return stored
    raise NotFoundError("TARIFF_UNKNOWN", "the connector names no tariff that is valid now for this token")


def _freeze(tariff: StoredTariff, time_zone: str, now: datetime, reason: SnapshotReason) -> TariffSnapshot:
    return TariffSnapshot(
        tariff=tariff_from_json(tariff.canonical_json),
        canonical_json=tariff.canonical_json,
        sha256=tariff.sha256,
        time_zone=time_zone,
        taken_at=now,
        reason=reason,
    )


def _ask_partner(ports: Ports, partner: Counterparty, ours: Authorization) -> Authorization:
    """Real-time authorization at the eMSP; an unknown token is not allowed."""
    link = connection(ports, partner, ModuleId.TOKENS, EndpointRole.SENDER)
    place = LocationReferences(location_id=ours.location.id, evse_uids=(ours.location.evse_uid,))
    route = Route(sender=ports.settings.party, receiver=ours.token.party)
    try:
        answer = link.client.authorize_token(link.url, link.token, ours.token.uid, ours.token.type, place, route=route)
    except RemoteOcpiError as error:
        if error.code == "TOKEN_UNKNOWN":
            return replace(ours, allowed=AllowedType.NOT_ALLOWED)
        raise
    allowed = answer.allowed if _names_place(answer.location, place) else AllowedType.NOT_ALLOWED
    return replace(ours, allowed=allowed, authorization_reference=answer.authorization_reference)


def _names_place(answered: LocationReferences | None, asked: LocationReferences) -> bool:
    """Whether the answer leaves our EVSE in: OCPI returns only the EVSEs that the driver may charge at."""
    if answered is None:
        return True
    same_location = answered.location_id.lower() == asked.location_id.lower()
    evse_uids = {uid.lower() for uid in answered.evse_uids}
    return same_location and (not evse_uids or evse_uids >= {uid.lower() for uid in asked.evse_uids})
