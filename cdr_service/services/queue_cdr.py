"""Write a CDR: with its delivery in the same transaction when it is reconciled, without one when it was stopped."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from cdr_service.domain.lifecycle import CdrState
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.schemas.cdrs import dump_cdr
from cdr_service.persistence.records import NewDelivery, Reconciliation, StoredFinding
from cdr_service.services.reconciliation_report import report_json

if TYPE_CHECKING:
    from cdr_service.domain.cdr import Cdr
    from cdr_service.domain.reconcile import ReconciledCdr
    from cdr_service.persistence.store import Store
    from cdr_service.services.ports import Ports


def queue(ports: Ports, store: Store, reconciled: ReconciledCdr, findings: tuple[StoredFinding, ...]) -> CdrState:
    """Freeze the body's bytes and write CDR and delivery together.

    Raises:
        NotFoundError: TOKEN_PARTY_UNKNOWN, when nobody speaks for the token's party any more.
    """
    now = ports.clock()
    body = ocpi_json.dumps(dump_cdr(reconciled.cdr))
    report = ocpi_json.dumps(report_json(reconciled.report))
    delivery_id = ports.new_id()
    receiver = store.get_counterparty_of_party(reconciled.cdr.cdr_token.party)
    store.insert_cdr_with_delivery(
        reconciled,
        body=body,
        reconciliation=Reconciliation(
            report=report,
            policy=reconciled.report.policy,
            engine_version=version("eichwerk"),
            inputs_sha256=sha256(body + reconciled.cdr.tariff.canonical_json).hexdigest(),
        ),
        findings=findings,
        delivery=NewDelivery(id=delivery_id, counterparty_id=receiver.id, correlation_id=ports.new_id(), due_at=now),
        now=now,
    )
    ports.enqueue(store, delivery_id)
    return CdrState.READY


def keep_stopped(
    ports: Ports, store: Store, cdr: Cdr, state: CdrState, findings: tuple[StoredFinding, ...]
) -> CdrState:
    """Keep a CDR that must not leave, with the reasons; it gets no delivery, so nothing can send it."""
    store.insert_stopped_cdr(
        cdr,
        state=state,
        body=ocpi_json.dumps(dump_cdr(cdr)),
        reconciliation=None,
        findings=findings,
        now=ports.clock(),
    )
    return state
