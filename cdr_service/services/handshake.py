"""The credentials handshake, as client and as server.

As client: GET versions with TOKEN_A, GET details, check that the modules we need are there, make TOKEN_B valid, note
`posted`, and only then POST: the partner calls our versions with TOKEN_B while our POST still waits. A POST whose
outcome is open is never repeated by itself.

As server: the partner presents the TOKEN_A that we made for it; before we answer we fetch its versions and details
with the token it gave us.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), credentials, registration; status codes 3001 to 3003.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.errors import ConflictError, CredentialsError, NotFoundError, RemoteOcpiError
from cdr_service.domain.party import BusinessDetails, Credentials, CredentialsRole, Role
from cdr_service.ocpi.errors import UnknownOutcomeError
from cdr_service.ocpi.schemas.versions import InterfaceRole, ModuleId, VersionDetails, choose_version
from cdr_service.persistence.records import (
    AcceptedToken,
    Counterparty,
    CounterpartyState,
    Endpoint,
    EndpointRole,
    TokenScope,
)
from cdr_service.services.invite import keep_accepted_token, sealed_token
from cdr_service.services.partners import client_of, token_of
from cdr_service.services.tokens import TokenDigest, digest, new_token

if TYPE_CHECKING:
    from cdr_service.ocpi.client import OcpiClient
    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: Without these a CDR cannot be delivered, so registering would be of no use.
NEEDED = ((ModuleId.CREDENTIALS, InterfaceRole.SENDER), (ModuleId.CDRS, InterfaceRole.RECEIVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who presented a token, and with which one; `token` is a secret."""

    counterparty: Counterparty
    accepted: AcceptedToken
    token: str

    def __repr__(self) -> str:
        return f"Caller({self.counterparty.name!r}, token='***')"


def identify(ports: Ports, candidates: tuple[str, ...]) -> Caller:
    """Find who presents one of these tokens; each is compared in constant time.

    Raises:
        CredentialsError: TOKEN_UNKNOWN.
    """
    with ports.transaction() as store:
        for token in candidates:
            for accepted in store.list_accepted_tokens(digest(token).prefix):
                if TokenDigest(accepted.prefix, accepted.sha256).matches(token):
                    counterparty = store.get_counterparty(accepted.counterparty_id)
                    return Caller(counterparty=counterparty, accepted=accepted, token=token)
    raise CredentialsError("TOKEN_UNKNOWN", "this token is not known here")


def own_credentials(ports: Ports, token: str) -> Credentials:
    """What we say of ourselves, with the token that the receiver may use."""
    role = CredentialsRole(
        role=Role.CPO,
        party=ports.settings.party,
        business_details=BusinessDetails(name=ports.settings.business_name),
    )
    return Credentials(token=token, url=f"{ports.settings.public_url}/ocpi/versions", roles=(role,))


def register_at_partner(ports: Ports, name: str) -> Counterparty:
    """Register at a counterparty whose TOKEN_A the invitation holds.

    Raises:
        NotFoundError: COUNTERPARTY_UNKNOWN, TOKEN_MISSING.
        ConflictError: HANDSHAKE_STATE, unless it is invited or discovered.
        RemoteOcpiError: the partner could not be used, or refused; the state stays or goes back to `invited`, and
            stays `posted` when the outcome of the POST is open.
    """
    partner = _partner(ports, name)
    if partner.state not in {CounterpartyState.INVITED, CounterpartyState.DISCOVERED}:
        raise ConflictError("HANDSHAKE_STATE", f"{name} is {partner.state}, not invited", where=name)
    client, token_a = client_of(ports, partner), token_of(ports, partner)
    details = _discover(client, partner.versions_url, token_a)
    _keep_endpoints(ports, partner, details, CounterpartyState.DISCOVERED)
    token_b = new_token(ports.new_secret)
    token_b_id = keep_accepted_token(ports, partner.id, token_b, TokenScope.FULL)
    _set_state(ports, partner, CounterpartyState.POSTED)
    url = details.url_of(ModuleId.CREDENTIALS, InterfaceRole.SENDER)
    try:
        theirs = client.post_credentials(url, token_a, own_credentials(ports, token_b))
        _check_party(partner, theirs.roles)
    except RemoteOcpiError as error:
        if _is_open(error):
            raise
        _set_state(ports, partner, CounterpartyState.INVITED)
        with ports.transaction() as store:
            store.revoke_accepted_tokens(partner.id, now=ports.clock())
        raise
    return _registered(ports, partner, theirs, keep=token_b_id)


def accept_registration(ports: Ports, caller: Caller, theirs: Credentials) -> Credentials:
    """Answer a partner's POST on our credentials module.

    Raises:
        ConflictError: ALREADY_REGISTERED (HTTP 405), when the token is not a registration token.
        CredentialsError: PARTY_MISMATCH, when the roles do not hold the invited party; TOKEN_UNKNOWN, when another
            registration spent the token meanwhile.
        RemoteOcpiError: CLIENT_API_UNUSABLE (3001), VERSION_UNSUPPORTED (3002), ENDPOINT_MISSING (3003).
    """
    if caller.accepted.scope is not TokenScope.REGISTRATION:
        raise ConflictError("ALREADY_REGISTERED", "this party is registered; use PUT to change credentials")
    partner = caller.counterparty
    _check_party(partner, theirs.roles)
    details = _discover_registrant(client_of(ports, partner), theirs)
    _keep_endpoints(ports, partner, details, CounterpartyState.DISCOVERED)
    token_c = new_token(ports.new_secret)
    token_c_id = keep_accepted_token(ports, partner.id, token_c, TokenScope.FULL)
    _registered(ports, partner, theirs, keep=token_c_id, spends=caller.accepted)
    return own_credentials(ports, token_c)


def _discover(client: OcpiClient, versions_url: str, token: str) -> VersionDetails:
    version = choose_version(client.get_versions(versions_url, token))
    details = client.get_version_details(version.url, token)
    for module, role in NEEDED:
        details.url_of(module, role)
    return details


def _discover_registrant(client: OcpiClient, theirs: Credentials) -> VersionDetails:
    """Whoever registers gets a reason of its own where its versions cannot be read; the other two have theirs."""
    try:
        return _discover(client, theirs.url, theirs.token)
    except RemoteOcpiError as error:
        if error.code in {"VERSION_UNSUPPORTED", "ENDPOINT_MISSING"}:
            raise
        raise RemoteOcpiError("CLIENT_API_UNUSABLE", str(error), where="/url") from error


def _is_open(error: RemoteOcpiError) -> bool:
    """Whether the partner may have registered us all the same: only a whole answer that says no excludes it."""
    if isinstance(error, UnknownOutcomeError):
        return True
    if error.http_status is None:
        return False
    return not (400 <= error.http_status < 500 or 2000 <= (error.status_code or 0) < 4000)


def _check_party(partner: Counterparty, roles: tuple[CredentialsRole, ...]) -> None:
    """The invited party must be among the roles; an answer without roles (measured habit) says nothing against it."""
    if roles and (partner.role, partner.party) not in {(role.role, role.party) for role in roles}:
        raise RemoteOcpiError(
            "PARTY_MISMATCH", f"the roles do not hold {partner.role} {partner.party}, who was invited", where="/roles"
        )


def _partner(ports: Ports, name: str) -> Counterparty:
    with ports.transaction() as store:
        partner = store.find_counterparty_by_name(name)
    if partner is None:
        raise NotFoundError("COUNTERPARTY_UNKNOWN", "there is no counterparty of this name", where=name)
    return partner


def _keep_endpoints(ports: Ports, partner: Counterparty, details: VersionDetails, state: CounterpartyState) -> None:
    # Of a module that is named twice the first counts, as in `VersionDetails.url_of`.
    endpoints = {
        (one.identifier, one.role): Endpoint(identifier=one.identifier, role=EndpointRole(one.role), url=one.url)
        for one in reversed(details.endpoints)
    }
    with ports.transaction() as store:
        store.replace_endpoints(partner.id, endpoints.values(), now=ports.clock())
        store.set_counterparty_state(partner.id, state)


def _set_state(ports: Ports, partner: Counterparty, state: CounterpartyState) -> None:
    with ports.transaction() as store:
        store.set_counterparty_state(partner.id, state)


def _registered(
    ports: Ports, partner: Counterparty, theirs: Credentials, *, keep: str, spends: AcceptedToken | None = None
) -> Counterparty:
    """Keep the partner's token and roles, let every other token of it die, and call it registered.

    Only the invited party is ever the partner's: what else it claims to speak for would bring it others' CDRs.

    Raises:
        CredentialsError: TOKEN_UNKNOWN, when the registration token `spends` was spent meanwhile: of two registrations
            at once each would else revoke the other's token, and none would be left.
    """
    own_roles = [role for role in theirs.roles if role.party == partner.party]
    foreign = sorted({str(role.party) for role in theirs.roles} - {str(partner.party)})
    if foreign:
        log.warning("foreign_parties_ignored name=%s parties=%s", partner.name, foreign)
    sent = sealed_token(ports, partner.id, theirs.token)
    with ports.transaction() as store:
        if spends is not None and spends.id not in {one.id for one in store.list_accepted_tokens(spends.prefix)}:
            raise CredentialsError("TOKEN_UNKNOWN", "this registration token was used meanwhile")
        store.set_sent_token(sent, now=ports.clock())
        store.revoke_accepted_tokens(partner.id, now=ports.clock(), keep=keep)
        if own_roles:
            store.replace_counterparty_roles(partner.id, own_roles, now=ports.clock())
        store.set_counterparty_state(partner.id, CounterpartyState.REGISTERED)
        log.info("counterparty_registered name=%s", partner.name)
        return store.get_counterparty(partner.id)
