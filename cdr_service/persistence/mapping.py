"""Rows become domain objects and back, two functions per aggregate; nothing else knows both.

A tariff is always read from its frozen bytes, by the function that the caller hands in (`ReadTariff`): the JSON of
OCPI is read in one place, and that is not here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

from cdr_service.domain.lifecycle import CdrState, DeliveryOutcome
from cdr_service.domain.party import BusinessDetails, CredentialsRole, PartyId, Role
from cdr_service.domain.session import (
    AllowedType,
    AuthMethod,
    Authorization,
    CdrLocation,
    CdrToken,
    ChargingSession,
    GeoLocation,
    SessionState,
    TokenType,
)
from cdr_service.domain.tariff import Tariff
from cdr_service.domain.tariff_snapshot import SnapshotReason, TariffSnapshot
from cdr_service.persistence.records import Counterparty, CounterpartyState, Delivery, DeliveryAttempt
from cdr_service.persistence.tables import (
    AuthorizationRow,
    CdrRow,
    ChargingSessionRow,
    CounterpartyRoleRow,
    CounterpartyRow,
    DeliveryAttemptRow,
    DeliveryRow,
    object_key,
)

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.cdr import Cdr

#: Reads the canonical JSON of an OCPI Tariff.
ReadTariff = Callable[[bytes], Tariff]


def to_json(value: object) -> str:
    """JSON text of texts, lists and objects of texts, always the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def counterparty_to_row(counterparty: Counterparty, created_at: datetime) -> CounterpartyRow:
    """The row of a partner, without its roles."""
    return CounterpartyRow(
        id=counterparty.id,
        name=counterparty.name,
        versions_url=counterparty.versions_url,
        allowed_hosts=to_json(counterparty.allowed_hosts),
        profile=counterparty.profile,
        profile_fields=counterparty.profile_fields,
        state=counterparty.state,
        role=counterparty.role,
        country_code=counterparty.party.country_code,
        party_id=counterparty.party.party_id,
        created_at=created_at,
    )


def counterparty_from_row(row: CounterpartyRow, roles: list[CounterpartyRoleRow]) -> Counterparty:
    """The partner of a row and of the rows of its parties."""
    return Counterparty(
        id=row.id,
        name=row.name,
        versions_url=row.versions_url,
        allowed_hosts=tuple(json.loads(row.allowed_hosts)),
        profile=row.profile,
        profile_fields=row.profile_fields,
        state=CounterpartyState(row.state),
        role=Role(row.role),
        party=PartyId(row.country_code, row.party_id),
        roles=tuple(role for party in roles for role in roles_from_row(party)),
    )


def roles_to_row(
    counterparty_id: str, party: PartyId, roles: list[CredentialsRole], created_at: datetime
) -> CounterpartyRoleRow:
    """The row of one party with all its roles."""
    written = [
        {"name": role.business_details.name, "role": str(role.role), "website": role.business_details.website}
        for role in roles
    ]
    return CounterpartyRoleRow(
        country_code=party.country_code,
        party_id=party.party_id,
        counterparty_id=counterparty_id,
        roles=to_json(written),
        created_at=created_at,
    )


def roles_from_row(row: CounterpartyRoleRow) -> tuple[CredentialsRole, ...]:
    """The roles of one party."""
    party = PartyId(row.country_code, row.party_id)
    return tuple(
        CredentialsRole(
            role=Role(role["role"]),
            party=party,
            business_details=BusinessDetails(name=role["name"], website=role["website"]),
        )
        for role in json.loads(row.roles)
    )


def authorization_to_row(authorization: Authorization, created_at: datetime) -> AuthorizationRow:
    """The row of a permission, with the frozen bytes as they are."""
    token, snapshot = authorization.token, authorization.snapshot
    return AuthorizationRow(
        id=authorization.authorization_id,
        token_country_code=token.party.country_code,
        token_party_id=token.party.party_id,
        token_uid=token.uid,
        token_type=token.type,
        token_contract_id=token.contract_id,
        location=to_json(asdict(authorization.location)),
        auth_method=authorization.auth_method,
        allowed=authorization.allowed,
        authorization_reference=authorization.authorization_reference,
        tariff_sha256=snapshot.sha256,
        tariff_json=snapshot.canonical_json,
        time_zone=snapshot.time_zone,
        taken_at=snapshot.taken_at,
        reason=snapshot.reason,
        created_at=created_at,
    )


def authorization_from_row(row: AuthorizationRow, read_tariff: ReadTariff) -> Authorization:
    """The permission of a row; the snapshot checks that its bytes still have their digest."""
    location = json.loads(row.location)
    return Authorization(
        authorization_id=row.id,
        token=CdrToken(
            party=PartyId(row.token_country_code, row.token_party_id),
            uid=row.token_uid,
            type=TokenType(row.token_type),
            contract_id=row.token_contract_id,
        ),
        location=CdrLocation(**{**location, "coordinates": GeoLocation(**location["coordinates"])}),
        auth_method=AuthMethod(row.auth_method),
        allowed=AllowedType(row.allowed),
        authorization_reference=row.authorization_reference,
        snapshot=TariffSnapshot(
            tariff=read_tariff(row.tariff_json),
            canonical_json=row.tariff_json,
            sha256=row.tariff_sha256,
            time_zone=row.time_zone,
            taken_at=row.taken_at,
            reason=SnapshotReason(row.reason),
        ),
    )


def session_to_row(session: ChargingSession, created_at: datetime) -> ChargingSessionRow:
    """The row of a session; its authorization is a row of its own."""
    return ChargingSessionRow(
        key=object_key(session.party, session.session_id),
        country_code=session.party.country_code,
        party_id=session.party.party_id,
        session_id=session.session_id,
        authorization_id=session.authorization.authorization_id,
        start_date_time=session.start_date_time,
        end_date_time=session.end_date_time,
        state=session.state,
        created_at=created_at,
    )


def session_from_row(row: ChargingSessionRow, authorization: Authorization) -> ChargingSession:
    """The session of a row under its authorization."""
    return ChargingSession(
        session_id=row.session_id,
        party=PartyId(row.country_code, row.party_id),
        authorization=authorization,
        start_date_time=row.start_date_time,
        end_date_time=row.end_date_time,
        state=SessionState(row.state),
    )


def cdr_to_row(cdr: Cdr, body: bytes | None, state: CdrState, created_at: datetime) -> CdrRow:
    """The row of a CDR: its bytes, and the columns that find it."""
    return CdrRow(
        key=object_key(cdr.party, cdr.id),
        country_code=cdr.party.country_code,
        party_id=cdr.party.party_id,
        cdr_id=cdr.id,
        session_key=object_key(cdr.party, cdr.session_id),
        credit=False,
        state=state,
        body=body,
        sha256=None if body is None else sha256(body).hexdigest(),
        start_date_time=cdr.start_date_time,
        end_date_time=cdr.end_date_time,
        last_updated=cdr.last_updated,
        currency=cdr.currency,
        total_cost_excl_vat=cdr.total_cost.excl_vat,
        total_cost_incl_vat=cdr.total_cost.incl_vat,
        total_fixed_cost_excl_vat=cdr.total_fixed_cost.excl_vat,
        total_fixed_cost_incl_vat=cdr.total_fixed_cost.incl_vat,
        total_energy_cost_excl_vat=cdr.total_energy_cost.excl_vat,
        total_energy_cost_incl_vat=cdr.total_energy_cost.incl_vat,
        total_time_cost_excl_vat=cdr.total_time_cost.excl_vat,
        total_time_cost_incl_vat=cdr.total_time_cost.incl_vat,
        total_parking_cost_excl_vat=cdr.total_parking_cost.excl_vat,
        total_parking_cost_incl_vat=cdr.total_parking_cost.incl_vat,
        total_energy=cdr.total_energy,
        total_time=cdr.total_time,
        total_parking_time=cdr.total_parking_time,
        created_at=created_at,
    )


def delivery_from_rows(row: DeliveryRow, attempts: list[DeliveryAttemptRow]) -> Delivery:
    """The delivery of a row, with its history."""
    return Delivery(
        id=row.id,
        counterparty_id=row.counterparty_id,
        state=CdrState(row.state),
        attempt_no=row.attempt_no,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        correlation_id=row.correlation_id,
        location=row.location,
        attempts=tuple(
            DeliveryAttempt(
                attempt_no=attempt.attempt_no,
                request_id=attempt.request_id,
                started_at=attempt.started_at,
                ended_at=attempt.ended_at,
                http_status=attempt.http_status,
                ocpi_status_code=attempt.ocpi_status_code,
                outcome=DeliveryOutcome(attempt.outcome),
                body_sha256=attempt.body_sha256,
                answer_excerpt=attempt.answer_excerpt,
                location=attempt.location,
                status_message=attempt.status_message,
            )
            for attempt in attempts
        ),
    )
