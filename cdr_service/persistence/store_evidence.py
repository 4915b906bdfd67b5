"""The store's part about what proves a session: the signed bytes, their judgements, and the records in them."""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cdr_service.domain.session import SessionState
from cdr_service.persistence.mapping import to_json
from cdr_service.persistence.records import PayloadVerification, SignedRecord, StoredPayload
from cdr_service.persistence.store_sessions import SessionStore
from cdr_service.persistence.tables import (
    CdrRow,
    ChargingSessionRow,
    DeliveryRow,
    PayloadVerificationRow,
    SignedPayloadRow,
    SignedRecordRow,
    object_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cdr_service.domain.party import PartyId

#: States of a session whose CDR is still to come.
_MAY_STILL_BILL = (SessionState.OPEN, SessionState.AWAITING_SIGNED_END)


class EvidenceStore(SessionStore):
    """Bytes as received and what was made of them; nothing here is ever changed or deleted."""

    def add_payload(self, payload: StoredPayload, party: PartyId, session_id: str) -> tuple[str, bool]:
        """Keep bytes exactly as received.

        Args:
            payload: the bytes; `sha256` must be theirs.
            party: owner of the session.
            session_id: the session they came in for.

        Returns:
            The id under which these bytes stand in the session, and whether they are new there.

        Raises:
            ValueError: the digest is not the bytes'.
        """
        if sha256(payload.raw).hexdigest() != payload.sha256:
            raise ValueError("the payload's bytes do not have its digest")
        key = object_key(party, session_id)
        known = self._session.scalar(
            select(SignedPayloadRow.id).where(
                SignedPayloadRow.session_key == key, SignedPayloadRow.sha256 == payload.sha256
            )
        )
        if known is not None:
            return known, False
        self._add(
            SignedPayloadRow(
                id=payload.id,
                session_key=key,
                raw=payload.raw,
                encoding=payload.encoding,
                sha256=payload.sha256,
                created_at=payload.received_at,
            )
        )
        return payload.id, True

    def list_payloads(self, party: PartyId, session_id: str) -> tuple[StoredPayload, ...]:
        """The signed bytes of a session, in the order in which they came in."""
        rows = self._session.scalars(
            select(SignedPayloadRow)
            .where(SignedPayloadRow.session_key == object_key(party, session_id))
            .order_by(SignedPayloadRow.created_at, SignedPayloadRow.id)
        )
        return tuple(
            StoredPayload(id=row.id, raw=row.raw, encoding=row.encoding, sha256=row.sha256, received_at=row.created_at)
            for row in rows
        )

    def add_verifications(self, payload_id: str, verifications: Iterable[PayloadVerification]) -> None:
        """Append one run of judgements of a payload, under the next number; earlier runs stay."""
        last = self._session.scalar(
            select(func.max(PayloadVerificationRow.run)).where(PayloadVerificationRow.payload_id == payload_id)
        )
        for one in verifications:
            self._add(
                PayloadVerificationRow(
                    payload_id=payload_id,
                    value_index=one.value_index,
                    run=(last or 0) + 1,
                    status=one.status,
                    problems=to_json(one.problems),
                    key_fingerprint=one.key_fingerprint,
                    program_version=one.program_version,
                    judged_at=one.judged_at,
                    signer_kind=one.signer_kind,
                    warnings=to_json(one.warnings),
                    created_at=one.judged_at,
                )
            )

    def list_verifications(self, party: PartyId, session_id: str) -> tuple[PayloadVerification, ...]:
        """Every judgement of every payload of a session: payloads as they came in, runs from first to last."""
        rows = self._session.scalars(
            select(PayloadVerificationRow)
            .join(SignedPayloadRow, SignedPayloadRow.id == PayloadVerificationRow.payload_id)
            .where(SignedPayloadRow.session_key == object_key(party, session_id))
            .order_by(
                SignedPayloadRow.created_at,
                SignedPayloadRow.id,
                PayloadVerificationRow.run,
                PayloadVerificationRow.value_index,
            )
        )
        return tuple(
            PayloadVerification(
                payload_id=row.payload_id,
                value_index=row.value_index,
                status=row.status,
                problems=tuple(json.loads(row.problems)),
                key_fingerprint=row.key_fingerprint,
                program_version=row.program_version,
                judged_at=row.judged_at,
                signer_kind=row.signer_kind,
                warnings=() if row.warnings is None else tuple(json.loads(row.warnings)),
                run=row.run,
            )
            for row in rows
        )

    def add_record(self, record: SignedRecord, party: PartyId, session_id: str, *, now: datetime) -> bool:
        """Note a verified value of a session; False when the session has these signed bytes already."""
        key = object_key(party, session_id)
        known = self._session.scalar(
            select(SignedRecordRow.payload_id).where(
                SignedRecordRow.session_key == key, SignedRecordRow.signed_sha256 == record.signed_sha256
            )
        )
        if known is not None:
            return False
        number = record.pagination_number
        self._add(
            SignedRecordRow(
                payload_id=record.payload_id,
                value_index=record.value_index,
                session_key=key,
                signed_sha256=record.signed_sha256,
                meter_id=record.meter_id,
                pagination_kind=record.pagination_kind,
                pagination_number=None if number is None else Decimal(number),
                created_at=now,
            )
        )
        return True

    def list_records(self, party: PartyId, session_id: str) -> tuple[SignedRecord, ...]:
        """The verified values of a session, in the order in which they were noted."""
        rows = self._session.scalars(
            select(SignedRecordRow)
            .where(SignedRecordRow.session_key == object_key(party, session_id))
            .order_by(SignedRecordRow.created_at, SignedRecordRow.payload_id, SignedRecordRow.value_index)
        )
        return tuple(
            SignedRecord(
                payload_id=row.payload_id,
                value_index=row.value_index,
                signed_sha256=row.signed_sha256,
                meter_id=row.meter_id,
                pagination_kind=row.pagination_kind,
                pagination_number=None if row.pagination_number is None else int(row.pagination_number),
            )
            for row in rows
        )

    def find_earlier_session_of_record(self, signed_sha256: str, party: PartyId, session_id: str) -> str | None:
        """The key (`DE*EIC*session`) of the session whose these signed bytes are, when it is another one.

        Energy is billed once: by the session that brought its proof first. A later copy of a record cannot stop it. A
        session whose CDR was queued comes before all others: a clock that was set back must not make a copy the
        original. A session that is over and has no such CDR (held, blocked, not billable) bills nothing, so its records
        are free for the session that they belong to.
        """
        own = object_key(party, session_id)
        queued = (
            select(DeliveryRow.id)
            .join(CdrRow, CdrRow.key == DeliveryRow.cdr_key)
            .where(CdrRow.session_key == SignedRecordRow.session_key)
            .exists()
        )
        may_bill = ChargingSessionRow.state.in_(_MAY_STILL_BILL) | (ChargingSessionRow.key == own)
        first = self._session.scalar(
            select(SignedRecordRow.session_key)
            .join(ChargingSessionRow, ChargingSessionRow.key == SignedRecordRow.session_key)
            .where(SignedRecordRow.signed_sha256 == signed_sha256, queued | may_bill)
            .order_by(~queued, SignedRecordRow.created_at, SignedRecordRow.session_key)
            .limit(1)
        )
        return None if first == own else first
