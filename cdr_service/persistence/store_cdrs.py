"""The store's part about CDRs: written once, together with their delivery, and never changed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from cdr_service.domain.errors import ConflictError, NotFoundError, StoreError
from cdr_service.domain.lifecycle import CdrState
from cdr_service.domain.party import PartyId
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.mapping import cdr_to_row, delivery_from_rows
from cdr_service.persistence.records import Reconciliation, StoredCdr, StoredFinding
from cdr_service.persistence.store_evidence import EvidenceStore
from cdr_service.persistence.tables import (
    CdrFindingRow,
    CdrRow,
    DeliveryAttemptRow,
    DeliveryRow,
    ReconciliationRow,
    object_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cdr_service.domain.cdr import Cdr
    from cdr_service.domain.reconcile import ReconciledCdr
    from cdr_service.persistence.records import Delivery, NewDelivery


class CdrStore(EvidenceStore):
    """CDRs by party and id, and the CDR of a session."""

    def insert_cdr_with_delivery(
        self,
        reconciled: ReconciledCdr,
        *,
        body: bytes,
        reconciliation: Reconciliation,
        findings: Iterable[StoredFinding],
        delivery: NewDelivery,
        now: datetime,
    ) -> None:
        """Write a reconciled CDR and queue it, both in this transaction or neither.

        Args:
            reconciled: the only type that can be queued.
            body: the CDR as it will go on the wire, in every attempt byte for byte.
            reconciliation: how it was recomputed.
            findings: warnings and remarks to show with it.
            delivery: to whom, and from when on.
            now: the time of writing.

        Raises:
            ConflictError: CDR_EXISTS: the id is taken, or the session has a CDR that bills it.
        """
        self._insert_cdr(cdr_to_row(reconciled.cdr, body, CdrState.RECONCILED, now), reconciliation, findings, now=now)
        self._add(
            DeliveryRow(
                id=delivery.id,
                cdr_key=object_key(reconciled.cdr.party, reconciled.cdr.id),
                counterparty_id=delivery.counterparty_id,
                state=CdrState.READY,
                attempt_no=0,
                due_at=delivery.due_at,
                correlation_id=delivery.correlation_id,
                created_at=now,
            )
        )

    def insert_stopped_cdr(
        self,
        cdr: Cdr,
        *,
        state: CdrState,
        body: bytes | None,
        reconciliation: Reconciliation | None,
        findings: Iterable[StoredFinding],
        now: datetime,
    ) -> None:
        """Write a CDR that must not leave (`blocked`) or waits for a person (`held`), with the reasons.

        It gets no delivery, so nothing can send it.

        Raises:
            ConflictError: CDR_EXISTS: the id is taken, or the session has a CDR that bills it.
        """
        self._insert_cdr(cdr_to_row(cdr, body, state, now), reconciliation, findings, now=now)

    def get_cdr(self, party: PartyId, cdr_id: str) -> StoredCdr:
        """Everything that is known of a CDR; ids compare without case.

        Raises:
            NotFoundError: CDR_UNKNOWN.
        """
        row = self._session.get(CdrRow, object_key(party, cdr_id))
        if row is None:
            raise NotFoundError(StoreCode.CDR_UNKNOWN, "there is no CDR of this id", where=cdr_id)
        return self._stored_cdr(row)

    def find_cdr_of_session(self, party: PartyId, session_id: str) -> StoredCdr | None:
        """The CDR that bills this session, blocked or not."""
        row = self._session.scalar(
            select(CdrRow).where(
                CdrRow.session_key == object_key(party, session_id), ~CdrRow.credit, CdrRow.replaced_by.is_(None)
            )
        )
        return None if row is None else self._stored_cdr(row)

    def _insert_cdr(
        self,
        row: CdrRow,
        reconciliation: Reconciliation | None,
        findings: Iterable[StoredFinding],
        *,
        now: datetime,
    ) -> None:
        """Write the CDR with its reconciliation and its findings."""
        taken = (CdrRow.key == row.key) | (
            (CdrRow.session_key == row.session_key) & ~CdrRow.credit & CdrRow.replaced_by.is_(None)
        )
        if self._session.scalar(select(CdrRow.key).where(taken).limit(1)):
            raise ConflictError(StoreCode.CDR_EXISTS, "the id is taken, or the session has its CDR", where=row.cdr_id)
        self._add(row)
        if reconciliation is not None:
            self._add(
                ReconciliationRow(
                    cdr_key=row.key,
                    report=reconciliation.report,
                    policy=reconciliation.policy,
                    engine_version=reconciliation.engine_version,
                    inputs_sha256=reconciliation.inputs_sha256,
                    created_at=now,
                )
            )
        for seq, finding in enumerate(findings):
            self._add(
                CdrFindingRow(
                    cdr_key=row.key,
                    seq=seq,
                    code=finding.code,
                    severity=finding.severity,
                    message=finding.message,
                    path=finding.path,
                    created_at=now,
                )
            )

    def _stored_cdr(self, row: CdrRow) -> StoredCdr:
        """The CDR with its findings, reconciliation, verdicts and deliveries.

        Raises:
            StoreError: BODY_CORRUPT: the stored bytes no longer have their digest.
        """
        if row.body is not None and sha256(row.body).hexdigest() != row.sha256:
            raise StoreError(StoreCode.BODY_CORRUPT, "the bytes of the CDR do not have their digest", where=row.key)
        deliveries = self._deliveries(row.key)
        party, session_id = PartyId(row.country_code, row.party_id), self._session_id(row.session_key)
        return StoredCdr(
            party=party,
            id=row.cdr_id,
            session_id=session_id,
            state=deliveries[0].state if deliveries else CdrState(row.state),
            body=row.body,
            sha256=row.sha256,
            findings=self._cdr_findings(row.key),
            reconciliation=self._reconciliation(row.key),
            verifications=self.list_verifications(party, session_id),
            deliveries=deliveries,
        )

    def _deliveries(self, cdr_key: str) -> tuple[Delivery, ...]:
        """The deliveries of a CDR with all their attempts, oldest first."""
        rows = self._session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.cdr_key == cdr_key)
            .order_by(DeliveryRow.created_at, DeliveryRow.id)
            # An outbox transaction changes these rows beside this session.
            .execution_options(populate_existing=True)
        )
        return tuple(delivery_from_rows(row, self._attempts(row.id)) for row in rows)

    def _attempts(self, delivery_id: str) -> list[DeliveryAttemptRow]:
        """The history of a delivery, oldest first."""
        statement = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id == delivery_id)
        return list(self._session.scalars(statement.order_by(DeliveryAttemptRow.seq)))

    def _cdr_findings(self, cdr_key: str) -> tuple[StoredFinding, ...]:
        """What was found when the CDR was made."""
        rows = self._session.scalars(
            select(CdrFindingRow).where(CdrFindingRow.cdr_key == cdr_key).order_by(CdrFindingRow.seq)
        )
        return tuple(
            StoredFinding(code=row.code, severity=row.severity, message=row.message, path=row.path) for row in rows
        )

    def _reconciliation(self, cdr_key: str) -> Reconciliation | None:
        """How the CDR was recomputed."""
        row = self._session.get(ReconciliationRow, cdr_key)
        return (
            None
            if row is None
            else Reconciliation(
                report=row.report,
                policy=row.policy,
                engine_version=row.engine_version,
                inputs_sha256=row.inputs_sha256,
            )
        )
