"""The store's part about partners, their tokens, and the operator's API keys."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from cdr_service.domain.errors import ConflictError, NotFoundError
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.mapping import counterparty_from_row, counterparty_to_row, roles_to_row
from cdr_service.persistence.records import (
    AcceptedToken,
    ApiKey,
    Counterparty,
    CounterpartyState,
    Endpoint,
    EndpointRole,
    SentToken,
    TokenScope,
)
from cdr_service.persistence.store_base import StoreBase
from cdr_service.persistence.tables import (
    ApiKeyRow,
    CounterpartyRoleRow,
    CounterpartyRow,
    CredentialAcceptedRow,
    CredentialSentRow,
    EndpointRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cdr_service.domain.party import CredentialsRole, PartyId


class PartnerStore(StoreBase):
    """Partners by name, by party and by token."""

    def add_counterparty(self, counterparty: Counterparty, *, now: datetime) -> None:
        """Write an invitation.

        Raises:
            ConflictError: COUNTERPARTY_EXISTS: there is one of this name.
        """
        if self._session.scalar(select(CounterpartyRow.id).where(CounterpartyRow.name == counterparty.name)):
            raise ConflictError(StoreCode.COUNTERPARTY_EXISTS, "the name is taken", where=counterparty.name)
        self._add(counterparty_to_row(counterparty, now))
        self.replace_counterparty_roles(counterparty.id, counterparty.roles, now=now)

    def get_counterparty(self, counterparty_id: str) -> Counterparty:
        """The partner of this id.

        Raises:
            NotFoundError: COUNTERPARTY_UNKNOWN.
        """
        return self._counterparty(self._counterparty_row(counterparty_id))

    def find_counterparty_by_name(self, name: str) -> Counterparty | None:
        """The partner of this name."""
        row = self._session.scalar(select(CounterpartyRow).where(CounterpartyRow.name == name))
        return None if row is None else self._counterparty(row)

    def find_counterparty_by_party(self, party: PartyId) -> Counterparty | None:
        """The partner that speaks for this party, by what it said of itself in the credentials exchange."""
        role = self._session.get(CounterpartyRoleRow, (party.country_code, party.party_id))
        return None if role is None else self.get_counterparty(role.counterparty_id)

    def get_counterparty_of_party(self, party: PartyId) -> Counterparty:
        """The connection over which this party speaks.

        Raises:
            NotFoundError: TOKEN_PARTY_UNKNOWN.
        """
        found = self.find_counterparty_by_party(party)
        if found is None:
            raise NotFoundError("TOKEN_PARTY_UNKNOWN", f"no counterparty speaks for {party}", where=str(party))
        return found

    def list_counterparties(self) -> tuple[Counterparty, ...]:
        """All partners, by name."""
        rows = self._session.scalars(select(CounterpartyRow).order_by(CounterpartyRow.name))
        return tuple(self._counterparty(row) for row in rows)

    def set_counterparty_state(self, counterparty_id: str, state: CounterpartyState) -> None:
        """Note how far the handshake has come.

        Raises:
            NotFoundError: COUNTERPARTY_UNKNOWN.
        """
        self._counterparty_row(counterparty_id).state = state
        self._session.flush()

    def replace_counterparty_roles(
        self, counterparty_id: str, roles: Sequence[CredentialsRole], *, now: datetime
    ) -> None:
        """Take the roles that the partner said of itself.

        Raises:
            ConflictError: PARTY_BELONGS_TO_ANOTHER: a party of them speaks over another connection already.
        """
        self._session.execute(delete(CounterpartyRoleRow).where(CounterpartyRoleRow.counterparty_id == counterparty_id))
        by_party = groupby(sorted(roles, key=lambda role: role.party), key=lambda role: role.party)
        for party, its_roles in by_party:
            if self._session.get(CounterpartyRoleRow, (party.country_code, party.party_id)):
                raise ConflictError(
                    StoreCode.PARTY_BELONGS_TO_ANOTHER, "this party speaks over another connection", where=str(party)
                )
            self._add(roles_to_row(counterparty_id, party, list(its_roles), now))

    def replace_endpoints(self, counterparty_id: str, endpoints: Iterable[Endpoint], *, now: datetime) -> None:
        """Take the endpoints of the partner's version details in place of all earlier ones."""
        self._session.execute(delete(EndpointRow).where(EndpointRow.counterparty_id == counterparty_id))
        for endpoint in endpoints:
            self._add(
                EndpointRow(
                    counterparty_id=counterparty_id,
                    identifier=endpoint.identifier,
                    role=endpoint.role,
                    url=endpoint.url,
                    created_at=now,
                )
            )

    def find_endpoint(self, counterparty_id: str, identifier: str, role: EndpointRole) -> Endpoint | None:
        """The partner's URL for a module; None when it has none."""
        row = self._session.get(EndpointRow, (counterparty_id, identifier, role))
        return None if row is None else Endpoint(identifier=row.identifier, role=EndpointRole(row.role), url=row.url)

    def list_endpoints(self, counterparty_id: str) -> tuple[Endpoint, ...]:
        """All endpoints of a partner, by identifier."""
        rows = self._session.scalars(
            select(EndpointRow)
            .where(EndpointRow.counterparty_id == counterparty_id)
            .order_by(EndpointRow.identifier, EndpointRow.role)
        )
        return tuple(Endpoint(identifier=row.identifier, role=EndpointRole(row.role), url=row.url) for row in rows)

    def add_accepted_token(self, token: AcceptedToken, *, now: datetime) -> None:
        """Accept this token from now on, beside those accepted already."""
        self._add(
            CredentialAcceptedRow(
                id=token.id,
                counterparty_id=token.counterparty_id,
                prefix=token.prefix,
                sha256=token.sha256,
                scope=token.scope,
                created_at=now,
            )
        )

    def list_accepted_tokens(self, prefix: str) -> tuple[AcceptedToken, ...]:
        """The accepted tokens of this prefix: the caller compares the digests, in constant time."""
        rows = self._session.scalars(
            select(CredentialAcceptedRow)
            .where(CredentialAcceptedRow.prefix == prefix, CredentialAcceptedRow.revoked_at.is_(None))
            .order_by(CredentialAcceptedRow.id)
        )
        return tuple(
            AcceptedToken(
                id=row.id,
                counterparty_id=row.counterparty_id,
                prefix=row.prefix,
                sha256=row.sha256,
                scope=TokenScope(row.scope),
            )
            for row in rows
        )

    def revoke_accepted_tokens(self, counterparty_id: str, *, now: datetime, keep: str | None = None) -> None:
        """Accept none of a partner's tokens any longer, but the one whose id is `keep`."""
        statement = update(CredentialAcceptedRow).where(
            CredentialAcceptedRow.counterparty_id == counterparty_id, CredentialAcceptedRow.revoked_at.is_(None)
        )
        if keep is not None:
            statement = statement.where(CredentialAcceptedRow.id != keep)
        self._session.execute(statement.values(revoked_at=now))

    def set_sent_token(self, token: SentToken, *, now: datetime) -> None:
        """Send this token to the partner from now on, and no longer the one before."""
        self._session.execute(
            update(CredentialSentRow)
            .where(CredentialSentRow.counterparty_id == token.counterparty_id, CredentialSentRow.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        self._add(
            CredentialSentRow(
                id=token.id,
                counterparty_id=token.counterparty_id,
                ciphertext=token.ciphertext,
                nonce=token.nonce,
                key_id=token.key_id,
                created_at=now,
            )
        )

    def find_sent_token(self, counterparty_id: str) -> SentToken | None:
        """The token that we send to this partner, sealed."""
        row = self._session.scalar(
            select(CredentialSentRow).where(
                CredentialSentRow.counterparty_id == counterparty_id, CredentialSentRow.revoked_at.is_(None)
            )
        )
        return (
            None
            if row is None
            else SentToken(
                id=row.id,
                counterparty_id=row.counterparty_id,
                ciphertext=row.ciphertext,
                nonce=row.nonce,
                key_id=row.key_id,
            )
        )

    def add_api_key(self, key: ApiKey, *, now: datetime) -> None:
        """Accept this key at the operator's API."""
        self._add(ApiKeyRow(id=key.id, prefix=key.prefix, sha256=key.sha256, role=key.role, created_at=now))

    def list_api_keys(self, prefix: str | None = None) -> tuple[ApiKey, ...]:
        """The keys that are not revoked, all or those of this prefix; the caller compares in constant time."""
        statement = select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None)).order_by(ApiKeyRow.id)
        if prefix is not None:
            statement = statement.where(ApiKeyRow.prefix == prefix)
        rows = self._session.scalars(statement)
        return tuple(ApiKey(id=row.id, prefix=row.prefix, sha256=row.sha256, role=row.role) for row in rows)

    def revoke_api_key(self, key_id: str, *, now: datetime) -> None:
        """Accept this key no longer.

        Raises:
            NotFoundError: API_KEY_UNKNOWN.
        """
        row = self._session.get(ApiKeyRow, key_id)
        if row is None:
            raise NotFoundError(StoreCode.API_KEY_UNKNOWN, "there is no API key of this id", where=key_id)
        row.revoked_at = row.revoked_at or now
        self._session.flush()

    def _counterparty_row(self, counterparty_id: str) -> CounterpartyRow:
        """The row, or the error that says that there is none."""
        row = self._session.get(CounterpartyRow, counterparty_id)
        if row is None:
            raise NotFoundError(StoreCode.COUNTERPARTY_UNKNOWN, "no counterparty has this id", where=counterparty_id)
        return row

    def _counterparty(self, row: CounterpartyRow) -> Counterparty:
        """The partner with its roles."""
        roles = self._session.scalars(
            select(CounterpartyRoleRow)
            .where(CounterpartyRoleRow.counterparty_id == row.id)
            .order_by(CounterpartyRoleRow.country_code, CounterpartyRoleRow.party_id)
        )
        return counterparty_from_row(row, list(roles))
