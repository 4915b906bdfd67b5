"""Invite a counterparty: the one moment at which its name, its party and its host are fixed, by a person.

With a `token` (their TOKEN_A, received out of band) we register at them: see `handshake.py`. Without one, a token is
made here for them to register at us, and shown once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cdr_service.domain.errors import ConflictError
from cdr_service.domain.party import BusinessDetails, CredentialsRole, PartyId, Role
from cdr_service.persistence.records import (
    AcceptedToken,
    Counterparty,
    CounterpartyState,
    SentToken,
    TokenScope,
)
from cdr_service.services.tokens import NONCE_BYTES, digest, new_token, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdr_service.services.ports import Ports

#: Names the key that sealed a token, for the day when keys are rotated.
KEY_ID = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What was agreed with the partner out of band; `token` is a secret."""

    name: str
    versions_url: str
    role: Role
    party: PartyId
    profile: str
    token: str | None

    def __repr__(self) -> str:
        return f"Invitation(name={self.name!r}, party={self.party}, token='***')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """The new counterparty, and the token to hand over to it where we made one (a secret, not kept in clear)."""

    counterparty: Counterparty
    token_for_partner: str | None


def invitation_from(checked: Mapping[str, Any]) -> Invitation:
    """The invitation in a checked body or file (`InvitationSchema`)."""
    return Invitation(
        name=checked["name"],
        versions_url=checked["versions_url"],
        role=Role(checked["role"]),
        party=PartyId(checked["country_code"], checked["party_id"]),
        profile=checked["profile"],
        token=checked.get("token"),
    )


def invite(ports: Ports, invitation: Invitation) -> Invited:
    """Create a counterparty.

    Raises:
        ConflictError: COUNTERPARTY_EXISTS, when the name or the party is taken: a party belongs to one connection.
    """
    counterparty = Counterparty(
        id=ports.new_id(),
        name=invitation.name,
        versions_url=invitation.versions_url,
        allowed_hosts=(urlsplit(invitation.versions_url).hostname or "",),
        profile=invitation.profile,
        state=CounterpartyState.INVITED,
        role=invitation.role,
        party=invitation.party,
        # The party is bound now: no other partner can say later that it speaks for it.
        roles=(
            CredentialsRole(
                role=invitation.role,
                party=invitation.party,
                business_details=BusinessDetails(name=invitation.name),
            ),
        ),
    )
    with ports.transaction() as store:
        if store.find_counterparty_by_name(invitation.name) or store.find_counterparty_by_party(invitation.party):
            raise ConflictError("COUNTERPARTY_EXISTS", f"{invitation.name} or {invitation.party} is connected already")
        store.add_counterparty(counterparty, now=ports.clock())
    if invitation.token is not None:
        sent = sealed_token(ports, counterparty.id, invitation.token)
        with ports.transaction() as store:
            store.set_sent_token(sent, now=ports.clock())
        return Invited(counterparty=counterparty, token_for_partner=None)
    token = new_token(ports.new_secret)
    keep_accepted_token(ports, counterparty.id, token, TokenScope.REGISTRATION)
    return Invited(counterparty=counterparty, token_for_partner=token)


def sealed_token(ports: Ports, counterparty_id: str, token: str) -> SentToken:
    """A token that we present to a partner, encrypted."""
    token_id = ports.new_id()
    sealed = seal(token, ports.settings.secret_key, bound_to=token_id, nonce=ports.new_secret(NONCE_BYTES))
    return SentToken(
        id=token_id,
        counterparty_id=counterparty_id,
        ciphertext=sealed.ciphertext,
        nonce=sealed.nonce,
        key_id=KEY_ID,
    )


def keep_accepted_token(ports: Ports, counterparty_id: str, token: str, scope: TokenScope) -> str:
    """Accept a token that a partner presents to us, kept as a hash; returns its id."""
    kept = digest(token)
    accepted = AcceptedToken(
        id=ports.new_id(), counterparty_id=counterparty_id, prefix=kept.prefix, sha256=kept.sha256, scope=scope
    )
    with ports.transaction() as store:
        store.add_accepted_token(accepted, now=ports.clock())
    return accepted.id
