"""The store's part about places, tariffs and meter keys."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from cdr_service.domain.errors import NotFoundError
from cdr_service.domain.party import PartyId
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.meter_keys import check_revision, counting_keys
from cdr_service.persistence.records import (
    KeyProvenance,
    PushState,
    StoredLocation,
    StoredMeterKey,
    StoredTariff,
    TariffPush,
    TimeTariff,
)
from cdr_service.persistence.store_base import StoreBase
from cdr_service.persistence.tables import (
    LocationRow,
    MeterKeyRow,
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

    def put_meter_key(self, key: StoredMeterKey, *, now: datetime) -> None:
        """Register a meter's key, or a further revision under its name; the same again changes nothing.

        Raises:
            ConflictError: METER_KEY_NEEDS_VALID_FROM: another key stands under the name; see `meter_keys.py`.
        """
        revisions = self._revisions(key.serial, key.name)
        if revisions and revisions[-1] == key:
            return
        check_revision(revisions, key)
        self._add(
            MeterKeyRow(
                serial=key.serial,
                name=key.name,
                revision=len(revisions) + 1,
                spki_der=key.spki_der,
                fingerprint=key.fingerprint,
                valid_from=key.valid_from,
                valid_until=key.valid_until,
                evse_uid=key.evse_uid,
                source=key.source,
                time_tariff=key.time_tariff,
                created_at=now,
            )
        )

    def list_meter_keys(self, serial: str | None = None) -> tuple[StoredMeterKey, ...]:
        """The keys that count, of one meter or of all, each with the time in which it counts."""
        statement = (
            select(MeterKeyRow.serial, MeterKeyRow.name).distinct().order_by(MeterKeyRow.serial, MeterKeyRow.name)
        )
        if serial is not None:
            statement = statement.where(MeterKeyRow.serial == serial)
        names = self._session.execute(statement).all()
        return tuple(key for one, name in names for key in counting_keys(self._revisions(one, name)))

    def _tariff(self, row: TariffRow) -> StoredTariff:
        """The offered version of a tariff."""
        version = self._session.get_one(TariffVersionRow, row.current_sha256)
        return StoredTariff(
            party=PartyId(row.country_code, row.party_id),
            id=row.tariff_id,
            canonical_json=version.canonical_json,
            sha256=version.sha256,
        )

    def _revisions(self, serial: str, name: str) -> list[StoredMeterKey]:
        """All revisions of one key, oldest first."""
        rows = self._session.scalars(
            select(MeterKeyRow)
            .where(MeterKeyRow.serial == serial, MeterKeyRow.name == name)
            .order_by(MeterKeyRow.revision)
        )
        return [
            StoredMeterKey(
                serial=row.serial,
                name=row.name,
                spki_der=row.spki_der,
                fingerprint=row.fingerprint,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                evse_uid=row.evse_uid,
                source=KeyProvenance(row.source),
                time_tariff=TimeTariff(row.time_tariff),
            )
            for row in rows
        ]
