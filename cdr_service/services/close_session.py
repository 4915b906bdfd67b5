"""Close a session: the use case that turns proven kilowatt-hours into a CDR, or says why there is none.

Read this file and `meter_sign/verify.py`, and you know the product.

The procedure, in one database transaction:

1. The session is open, or waits for its signed end.
2. Every payload is judged again, from its bytes, with registered keys only; the records form one transaction.
3. The gateway's own objections: refused values, signed values of another session, a meter of another EVSE, time that
   may not be billed. Any error ends here: `awaiting_signed_end` when only the signed end is missing, else `not_billable`.
4. Evidence periods, whole seconds, prices under the tariff frozen at authorization.
5. The CDR is assembled with its signed values.
6. Reconciliation recomputes everything. What does not add up is `blocked`.
7. pyocmf judges the same bytes. A disagreement that is none of its known limits is `held`.
8. CDR and delivery are written together: `ready`.

No step can be left out: each takes the type that only the step before it makes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cdr_service.domain.billability import check_time_billable
from cdr_service.domain.cdr import Cdr
from cdr_service.domain.cdr_assembly import assemble_cdr
from cdr_service.domain.errors import ConflictError, DomainError, ReconciliationError, RequestError
from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.domain.lifecycle import CdrState
from cdr_service.domain.pricing import price
from cdr_service.domain.reconcile import ReconciledCdr, reconcile
from cdr_service.domain.segmentation import segment
from cdr_service.domain.session import ChargingSession, SessionState
from cdr_service.persistence.records import SessionEventType, StoredFinding
from cdr_service.persistence.store import Store
from cdr_service.services.cdr_evidence import signed_data_of, signed_evidence_of
from cdr_service.services.evidence import SessionEvidence, findings_of, gather, time_tariff_allowed
from cdr_service.services.ports import Ports
from cdr_service.services.queue_cdr import keep_stopped, queue
from cdr_service.services.record_event import ACTIVITY_OF_STATE, TAKES_EVENTS
from cdr_service.services.session_findings import as_stored, note
from meter_sign import (
    Code,
    Finding,
    OpinionVerdict,
    PeriodsOutcome,
    Severity,
    StateChange,
    evidence_periods,
    second_opinion,
)

log = logging.getLogger(__name__)

#: Findings that a late signed value can still cure.
CURED_BY_SIGNED_END = frozenset({Code.TRANSACTION_INCOMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSession:
    """The answer: a CDR on its way, or the state and every reason why there is none."""

    cdr_id: str | None
    #: A state of contracts.md, section 3.
    state: str
    findings: tuple[StoredFinding, ...]


def close_session(ports: Ports, session_id: str, end_date_time: datetime) -> ClosedSession:
    """Close a session and, if everything is proven, queue its CDR.

    Args:
        ports: clock, ids, database.
        session_id: of a session of our own party.
        end_date_time: when the session ended, as the operator's system says.

    Returns:
        The CDR's id and state, or the session's state, with all findings.

    Raises:
        NotFoundError: SESSION_UNKNOWN.
        ConflictError: SESSION_CLOSED, when it has a CDR or was found not billable.
        RequestError: END_BEFORE_START.
    """
    with ports.transaction() as store:
        # 1.
        session = _closable(store.lock_session(ports.settings.party, session_id), end_date_time)
        known = store.list_session_findings(session.party, session_id)
        # 2. and 3.
        evidence = gather(store, session, ports.clock())
        objections: list[SessionFinding | Finding] = [
            *evidence.transaction.findings,
            *findings_of(store, session, evidence),
            *_time_objections(session, evidence),
        ]
        if _errors(objections) or not evidence.transaction.billable:
            return _stop(ports, store, session, objections, known)
        # 4.
        outcome = _periods(store, session, evidence)
        if _errors(outcome.findings):
            return _stop(ports, store, session, [*objections, *outcome.findings], known)
        return _bill(ports, store, session, evidence, outcome, [*objections, *outcome.findings], known)


def _closable(session: ChargingSession, end_date_time: datetime) -> ChargingSession:
    if session.state not in TAKES_EVENTS:
        raise ConflictError("SESSION_CLOSED", f"the session is {session.state}", where=session.session_id)
    if end_date_time <= session.start_date_time:
        raise RequestError("END_BEFORE_START", "the session would end before it started", where="/end_date_time")
    return replace(session, end_date_time=end_date_time)


def _time_objections(session: ChargingSession, evidence: SessionEvidence) -> tuple[SessionFinding, ...]:
    return check_time_billable(
        session.authorization.snapshot.tariff,
        evidence.transaction.billable_time,
        time_tariff_allowed=time_tariff_allowed(evidence),
    )


def _errors(findings: Sequence[SessionFinding | Finding]) -> list[SessionFinding | Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _stop(
    ports: Ports,
    store: Store,
    session: ChargingSession,
    findings: Sequence[SessionFinding | Finding],
    known: Sequence[StoredFinding],
) -> ClosedSession:
    """No CDR: the session waits for a late signed value if that is all that is missing, else it is not billable."""
    curable = all(finding.code in CURED_BY_SIGNED_END for finding in _errors(findings))
    state = SessionState.AWAITING_SIGNED_END if curable else SessionState.NOT_BILLABLE
    store.set_session_state(session.party, session.session_id, state, end_date_time=session.end_date_time)
    noted = note(ports, store, session, (*known, *findings))
    log.warning("session_not_billed session=%s state=%s", session.session_id, state)
    return ClosedSession(cdr_id=None, state=state, findings=noted)


def _periods(store: Store, session: ChargingSession, evidence: SessionEvidence) -> PeriodsOutcome:
    states = [
        StateChange(at=event.at, activity=ACTIVITY_OF_STATE[event.state or ""])
        for event in store.list_events(session.party, session.session_id)
        if event.type is SessionEventType.STATE
    ]
    return evidence_periods(
        evidence.transaction,
        starts_at=session.start_date_time,
        ends_at=session.end_date_time or session.start_date_time,
        states=states,
        received_at=evidence.received_at,
    )


def _bill(
    ports: Ports,
    store: Store,
    session: ChargingSession,
    evidence: SessionEvidence,
    outcome: PeriodsOutcome,
    findings: Sequence[SessionFinding | Finding],
    known: Sequence[StoredFinding],
) -> ClosedSession:
    """Steps 4 to 8 of the procedure."""
    try:
        metered = segment(outcome.periods)
        priced = price(metered.periods, session.authorization.snapshot.tariff, ports.settings.rounding)
        # 5.
        cdr = assemble_cdr(
            cdr_id=ports.new_id(),
            session=session,
            metered=metered,
            priced=priced,
            signed_data=signed_data_of(evidence.transaction),
            meter_id=evidence.transaction.records[0].content.meter.meter_id,
            now=ports.clock(),
        )
    except DomainError as error:
        refusal = _refusal(error)
        return _stop(ports, store, session, [*findings, refusal], known)
    noted = note(ports, store, session, (*known, *findings, *metered.findings))
    store.set_session_state(
        session.party, session.session_id, SessionState.CLOSED, end_date_time=session.end_date_time
    )
    # 6.
    try:
        reconciled = reconcile(cdr, signed_evidence_of(session, evidence.transaction), ports.settings.rounding)
    except ReconciliationError as error:
        return _stopped(ports, store, cdr, CdrState.BLOCKED, (*noted, *_discrepancies(error)))
    # 7.
    doubt = _second_opinion(ports, evidence)
    if doubt is not None:
        return _stopped(ports, store, cdr, CdrState.HELD, (*noted, as_stored(doubt)))
    # 8.
    return _queued(ports, store, reconciled, noted)


def _refusal(error: DomainError) -> SessionFinding:
    return SessionFinding(
        code=GatewayCode(error.code), severity=Severity.ERROR, message=error.detail, path=error.where
    )


def _discrepancies(error: ReconciliationError) -> tuple[StoredFinding, ...]:
    return tuple(
        StoredFinding(
            code=str(one.code),
            severity=str(Severity.ERROR),
            message=f"{one.field}: claimed {one.claimed}, computed {one.computed}",
            path=one.path,
        )
        for one in error.discrepancies
    )


def _second_opinion(ports: Ports, evidence: SessionEvidence) -> SessionFinding | None:
    if not ports.settings.second_opinion:
        return None
    opinion = second_opinion(evidence.transaction)
    if opinion.verdict is not OpinionVerdict.DISAGREES:
        return None
    return SessionFinding(
        code=GatewayCode.SECOND_OPINION_DISAGREES, severity=Severity.ERROR, message=opinion.detail, path="/signed_data"
    )


def _stopped(
    ports: Ports, store: Store, cdr: Cdr, state: CdrState, findings: tuple[StoredFinding, ...]
) -> ClosedSession:
    keep_stopped(ports, store, cdr, state, findings)
    log.warning("cdr_stopped cdr=%s state=%s codes=%s", cdr.id, state, [finding.code for finding in findings])
    return ClosedSession(cdr_id=cdr.id, state=state, findings=findings)


def _queued(
    ports: Ports, store: Store, reconciled: ReconciledCdr, findings: tuple[StoredFinding, ...]
) -> ClosedSession:
    state = queue(ports, store, reconciled, findings)
    log.info("cdr_queued cdr=%s session=%s", reconciled.cdr.id, reconciled.cdr.session_id)
    return ClosedSession(cdr_id=reconciled.cdr.id, state=state, findings=findings)
