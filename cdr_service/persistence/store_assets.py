"""The store's part about places and tariffs."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from cdr_service.domain.errors import NotFoundError
from cdr_service.domain.party import PartyId
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.records import PushState, StoredLocation, StoredTariff, TariffPush
from cdr_service.persistence.store_base import StoreBase
from cdr_service.persistence.tables import (
    LocationRow,
    TariffPushRow,
    TariffRow,
    TariffVersionRow,
    object_key,
)

if TYPE_CHECKING:
    from datetime import datetime


class AssetStore(StoreBase):
    """What the operator registers before anybody charges."""

    def put_location(self, party: PartyId, location_id: str, canonical_json: bytes, *, now: datetime) -> None:
        """Take an OCPI Location in place of the one before."""
        key, digest = object_key(party, location_id), sha256(canonical_json).hexdigest()
        row = self._session.get(LocationRow, key)
        if row is None:
            self._add(
                LocationRow(
                    key=key,
                    country_code=party.country_code,
                    party_id=party.party_id,
                    location_id=location_id,
                    canonical_json=canonical_json,
                    sha256=digest,
                    updated_at=now,
                    created_at=now,
                )
            )
            return
        row.canonical_json, row.sha256, row.updated_at = canonical_json, digest, now
        self._session.flush()

    def find_location(self, party: PartyId, location_id: str) -> StoredLocation | None:
        """The location of this id, as last put."""
        row = self._session.get(LocationRow, object_key(party, location_id))
        return (
            None
            if row is None
            else StoredLocation(
                party=PartyId(row.country_code, row.party_id),
                id=row.location_id,
                canonical_json=row.canonical_json,
                sha256=row.sha256,
            )
        )

    def put_tariff(self, party: PartyId, tariff_id: str, canonical_json: bytes, *, now: datetime) -> StoredTariff:
        """Offer this version of a tariff from now on; the same bytes again change nothing.

        Args:
            party: owner of the tariff.
            tariff_id: its OCPI id.
            canonical_json: canonical JSON of the whole object, as `TariffSnapshot` wants it.
            now: the time of the change.

        Returns:
            The version that is offered now.
        """
        key, digest = object_key(party, tariff_id), sha256(canonical_json).hexdigest()
        if self._session.get(TariffVersionRow, digest) is None:
            self._add(TariffVersionRow(sha256=digest, tariff_key=key, canonical_json=canonical_json, created_at=now))
        row = self._session.get(TariffRow, key)
        if row is None:
            self._add(
                TariffRow(
                    key=key,
                    country_code=party.country_code,
                    party_id=party.party_id,
                    tariff_id=tariff_id,
                    current_sha256=digest,
                    updated_at=now,
                    created_at=now,
                )
            )
        elif row.current_sha256 != digest:
            row.current_sha256, row.updated_at = digest, now
            self._session.flush()
        return StoredTariff(party=party, id=tariff_id, canonical_json=canonical_json, sha256=digest)

    def find_tariff(self, party: PartyId, tariff_id: str) -> StoredTariff | None:
        """The version of a tariff that is offered now."""
        row = self._session.get(TariffRow, object_key(party, tariff_id))
        return None if row is None else self._tariff(row)

    def list_tariffs(self) -> tuple[StoredTariff, ...]:
        """The offered version of every tariff."""
        return tuple(self._tariff(row) for row in self._session.scalars(select(TariffRow).order_by(TariffRow.key)))

    def put_tariff_push(self, push: TariffPush, *, now: datetime) -> None:
        """Note what a partner was told of a tariff, in place of what was noted before.

        Raises:
            NotFoundError: TARIFF_UNKNOWN.
        """
        key = object_key(push.party, push.tariff_id)
        if self._session.get(TariffRow, key) is None:
            raise NotFoundError(StoreCode.TARIFF_UNKNOWN, "there is no tariff of this id", where=key)
        row = self._session.get(TariffPushRow, (push.counterparty_id, key))
        if row is None:
            row = TariffPushRow(counterparty_id=push.counterparty_id, tariff_key=key, created_at=now)
        row.sha256, row.state, row.answer, row.updated_at = push.sha256, push.state, push.answer, now
        self._add(row)

    def list_tariff_pushes(self, party: PartyId, tariff_id: str) -> tuple[TariffPush, ...]:
        """What every partner was last told of a tariff."""
        rows = self._session.scalars(
            select(TariffPushRow)
            .where(TariffPushRow.tariff_key == object_key(party, tariff_id))
            .order_by(TariffPushRow.counterparty_id)
        )
        return tuple(
            TariffPush(
                counterparty_id=row.counterparty_id,
                party=party,
                tariff_id=tariff_id,
                sha256=row.sha256,
                state=PushState(row.state),
                answer=row.answer,
            )
            for row in rows
        )

    def _tariff(self, row: TariffRow) -> StoredTariff:
        """The offered version of a tariff."""
        version = self._session.get_one(TariffVersionRow, row.current_sha256)
        return StoredTariff(
            party=PartyId(row.country_code, row.party_id),
            id=row.tariff_id,
            canonical_json=version.canonical_json,
            sha256=version.sha256,
        )
