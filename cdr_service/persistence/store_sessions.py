"""The store's part about permissions, sessions and their events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from cdr_service.domain.errors import ConflictError, NotFoundError
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.mapping import (
    authorization_from_row,
    authorization_to_row,
    session_from_row,
    session_to_row,
)
from cdr_service.persistence.records import (
    SessionEvent,
    SessionEventType,
    StoredFinding,
)
from cdr_service.persistence.store_base import StoreBase
from cdr_service.persistence.tables import (
    AuthorizationRow,
    ChargingSessionRow,
    SessionEventRow,
    SessionFindingRow,
    object_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cdr_service.domain.party import PartyId
    from cdr_service.domain.session import Authorization, ChargingSession, SessionState


class SessionStore(StoreBase):
    """What was allowed, and what happened."""

    def add_authorization(self, authorization: Authorization, *, now: datetime) -> None:
        """Write a permission with its frozen tariff, whose version must be known (`put_tariff`)."""
        self._add(authorization_to_row(authorization, now))

    def get_authorization(self, authorization_id: str) -> Authorization:
        """The permission of this id, its tariff read from the frozen bytes.

        Raises:
            NotFoundError: AUTHORIZATION_UNKNOWN.
        """
        row = self._session.get(AuthorizationRow, authorization_id)
        if row is None:
            raise NotFoundError(StoreCode.AUTHORIZATION_UNKNOWN, "no authorization has this id", where=authorization_id)
        return authorization_from_row(row, self._read_tariff)

    def is_authorization_used(self, authorization_id: str) -> bool:
        """Whether a session runs or ran under this authorization."""
        used = select(ChargingSessionRow.key).where(ChargingSessionRow.authorization_id == authorization_id)
        return self._session.scalar(used.limit(1)) is not None

    def add_session(self, session: ChargingSession, *, now: datetime) -> None:
        """Write a new session under its authorization.

        Raises:
            ConflictError: SESSION_EXISTS: the party has one of this id, ids compare without case.
        """
        row = session_to_row(session, now)
        if self._session.get(ChargingSessionRow, row.key):
            raise ConflictError(StoreCode.SESSION_EXISTS, "there is a session of this id", where=session.session_id)
        self._add(row)

    def get_session(self, party: PartyId, session_id: str) -> ChargingSession:
        """The session of this id.

        Raises:
            NotFoundError: SESSION_UNKNOWN.
        """
        return self._charging_session(self._session_row(party, session_id))

    def knows_session(self, party: PartyId, session_id: str) -> bool:
        """Whether there is a session of this id; ids compare without case."""
        return self._session.get(ChargingSessionRow, object_key(party, session_id)) is not None

    def lock_session(self, party: PartyId, session_id: str) -> ChargingSession:
        """The session of this id, for nobody else to change before this transaction ends.

        On SQLite the whole transaction has the write lock already.

        Raises:
            NotFoundError: SESSION_UNKNOWN.
        """
        self._session.execute(
            select(ChargingSessionRow.key)
            .where(ChargingSessionRow.key == object_key(party, session_id))
            .with_for_update()
        )
        return self.get_session(party, session_id)

    def set_session_state(
        self, party: PartyId, session_id: str, state: SessionState, *, end_date_time: datetime | None = None
    ) -> None:
        """Move a session on; `end_date_time` None leaves the end as it is.

        Raises:
            NotFoundError: SESSION_UNKNOWN.
        """
        row = self._session_row(party, session_id)
        row.state = state
        row.end_date_time = end_date_time or row.end_date_time
        self._session.flush()

    def append_event(
        self,
        party: PartyId,
        session_id: str,
        *,
        event_type: SessionEventType,
        at: datetime,
        now: datetime,
        payload_id: str | None = None,
        state: str | None = None,
    ) -> SessionEvent:
        """Append what happened; the number is the next one of the session.

        Raises:
            NotFoundError: SESSION_UNKNOWN.
        """
        key = self._session_row(party, session_id).key
        last = self._session.scalar(select(func.max(SessionEventRow.seq)).where(SessionEventRow.session_key == key))
        event = SessionEvent(
            seq=(last or 0) + 1, type=event_type, at=at, received_at=now, payload_id=payload_id, state=state
        )
        self._add(
            SessionEventRow(
                session_key=key,
                seq=event.seq,
                type=event.type,
                at=at,
                payload_id=payload_id,
                state=state,
                created_at=now,
            )
        )
        return event

    def list_events(self, party: PartyId, session_id: str) -> tuple[SessionEvent, ...]:
        """The events of a session, in the order in which they came in."""
        rows = self._session.scalars(
            select(SessionEventRow)
            .where(SessionEventRow.session_key == object_key(party, session_id))
            .order_by(SessionEventRow.seq)
        )
        return tuple(
            SessionEvent(
                seq=row.seq,
                type=SessionEventType(row.type),
                at=row.at,
                received_at=row.created_at,
                payload_id=row.payload_id,
                state=row.state,
            )
            for row in rows
        )

    def replace_session_findings(
        self, party: PartyId, session_id: str, findings: Iterable[StoredFinding], *, now: datetime
    ) -> None:
        """Note what the last close found, in place of what an earlier one found."""
        key = self._session_row(party, session_id).key
        self._session.execute(delete(SessionFindingRow).where(SessionFindingRow.session_key == key))
        for seq, finding in enumerate(findings):
            self._add(
                SessionFindingRow(
                    session_key=key,
                    seq=seq,
                    code=finding.code,
                    severity=finding.severity,
                    message=finding.message,
                    path=finding.path,
                    created_at=now,
                )
            )

    def list_session_findings(self, party: PartyId, session_id: str) -> tuple[StoredFinding, ...]:
        """What the last close found."""
        rows = self._session.scalars(
            select(SessionFindingRow)
            .where(SessionFindingRow.session_key == object_key(party, session_id))
            .order_by(SessionFindingRow.seq)
        )
        return tuple(
            StoredFinding(code=row.code, severity=row.severity, message=row.message, path=row.path) for row in rows
        )

    def _session_row(self, party: PartyId, session_id: str) -> ChargingSessionRow:
        """The row, or the error that says that there is none."""
        row = self._session.get(ChargingSessionRow, object_key(party, session_id))
        if row is None:
            raise NotFoundError(StoreCode.SESSION_UNKNOWN, "there is no session of this id", where=session_id)
        return row

    def _charging_session(self, row: ChargingSessionRow) -> ChargingSession:
        """The session with its authorization."""
        return session_from_row(row, self.get_authorization(row.authorization_id))

    def _session_id(self, key: str) -> str:
        """The id of a session as the operator wrote it."""
        return self._session.get_one(ChargingSessionRow, key).session_id
