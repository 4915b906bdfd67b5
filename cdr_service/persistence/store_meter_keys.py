"""The store's part about meter keys: revisions are added, none is ever changed; `meter_keys.py` says which count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, not_, select

from cdr_service.domain.errors import ConflictError
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.meter_keys import check_revision, counting_keys, keys_replaced_by
from cdr_service.persistence.records import KeyHolder, KeyProvenance, MeterKeyRevision, StoredMeterKey, TimeTariff
from cdr_service.persistence.store_base import StoreBase
from cdr_service.persistence.tables import MeterKeyRow, MeterSessionRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement


class MeterKeyStore(StoreBase):
    """Whose key counts when, and everything that was ever registered."""

    def put_meter_key(self, key: StoredMeterKey, *, now: datetime) -> None:
        """Register a meter's key, or a further revision under its name; the same again changes nothing.

        Raises:
            ConflictError: METER_KEY_NEEDS_VALID_FROM: another key stands under the name; see `meter_keys.py`.
                METER_KEY_IN_USE: the other key would end before sessions that were billed with it.
                METER_KEY_KIND_DIFFERS: elsewhere the same key is a market party's and not a meter's, or vice versa.
        """
        revisions = [one.key for one in self._revisions(key.serial, key.name)]
        if revisions and revisions[-1] == key:
            return
        check_revision(revisions, key)
        self._refuse_to_end_a_used_key(revisions, key)
        self._refuse_another_kind(key)
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
                signer_kind=key.signer_kind,
                certificate_der=key.certificate_der,
                created_at=now,
            )
        )

    def list_meter_keys(self, serial: str | None = None) -> tuple[StoredMeterKey, ...]:
        """The keys that count, of one meter or of all, each with the time in which it counts."""
        return tuple(key for name in self._names(serial) for key in self._counting(*name))

    def list_meter_keys_at_evse(self, evse_uid: str) -> tuple[StoredMeterKey, ...]:
        """The keys that count and are registered for an EVSE; ids compare without case."""
        at_evse = func.lower(MeterKeyRow.evse_uid) == evse_uid.lower()
        keys = (key for name in self._names(None, at_evse) for key in self._counting(*name))
        return tuple(key for key in keys if (key.evse_uid or "").lower() == evse_uid.lower())

    def list_meter_key_revisions(self, serial: str) -> tuple[MeterKeyRevision, ...]:
        """Everything that was ever registered for a meter: names in their order, each from its first revision on."""
        return tuple(revision for name in self._names(serial) for revision in self._revisions(*name))

    def _refuse_to_end_a_used_key(self, revisions: Sequence[StoredMeterKey], new: StoredMeterKey) -> None:
        """The key before an exchange must reach as far as the sessions that were billed with it.

        One key may serve several meters: sessions of another registered meter are its own matter. A session of a meter
        that is registered under no id was found by its EVSE, so it may be this one's.
        """
        elsewhere = exists().where(MeterKeyRow.serial == MeterSessionRow.meter, MeterKeyRow.serial != new.serial)
        for old in keys_replaced_by(revisions, new):
            last_use = self._session.scalar(
                select(MeterSessionRow.ends_at)
                .where(MeterSessionRow.key_fingerprint == old.fingerprint, not_(elsewhere))
                .order_by(MeterSessionRow.ends_at.desc())
                .limit(1)
            )
            if last_use is not None and new.valid_from is not None and last_use >= new.valid_from:
                raise ConflictError(
                    StoreCode.METER_KEY_IN_USE,
                    f"a session until {last_use.isoformat()} was billed with the key before",
                    where=f"{new.serial}/{new.name}",
                )

    def _refuse_another_kind(self, new: StoredMeterKey) -> None:
        """One key is a meter's or a party's; who forgets to say so once would bill what a party signed."""
        names = self._names(None, MeterKeyRow.fingerprint == new.fingerprint)
        for other in (key for name in names for key in self._counting(*name)):
            if (
                other.fingerprint == new.fingerprint
                and other.serial != new.serial
                and other.signer_kind != new.signer_kind
            ):
                raise ConflictError(
                    StoreCode.METER_KEY_KIND_DIFFERS,
                    f"under {other.serial} this key is registered as a {other.signer_kind}'s",
                    where=f"{new.serial}/{new.name}",
                )

    def _names(self, serial: str | None, where: ColumnElement[bool] | None = None) -> list[tuple[str, str]]:
        """Serial and name of every key, of one meter or of all, for which a revision fulfils a condition."""
        statement = (
            select(MeterKeyRow.serial, MeterKeyRow.name).distinct().order_by(MeterKeyRow.serial, MeterKeyRow.name)
        )
        if serial is not None:
            statement = statement.where(MeterKeyRow.serial == serial)
        if where is not None:
            statement = statement.where(where)
        return [(row.serial, row.name) for row in self._session.execute(statement)]

    def _counting(self, serial: str, name: str) -> tuple[StoredMeterKey, ...]:
        """The keys of one name that count."""
        return counting_keys([revision.key for revision in self._revisions(serial, name)])

    def _revisions(self, serial: str, name: str) -> list[MeterKeyRevision]:
        """All revisions of one key, oldest first."""
        rows = self._session.scalars(
            select(MeterKeyRow)
            .where(MeterKeyRow.serial == serial, MeterKeyRow.name == name)
            .order_by(MeterKeyRow.revision)
        )
        return [_revision(row) for row in rows]


def _revision(row: MeterKeyRow) -> MeterKeyRevision:
    return MeterKeyRevision(
        key=StoredMeterKey(
            serial=row.serial,
            name=row.name,
            spki_der=row.spki_der,
            fingerprint=row.fingerprint,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            evse_uid=row.evse_uid,
            source=KeyProvenance(row.source),
            time_tariff=TimeTariff(row.time_tariff),
            signer_kind=KeyHolder(row.signer_kind),
            certificate_der=row.certificate_der,
        ),
        revision=row.revision,
        registered_at=row.created_at,
    )
