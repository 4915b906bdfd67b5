"""Close a session: the use case that turns proven kilowatt-hours into a CDR, or says why there is none.

Read this file and `meter_sign/verify.py`, and you know the product.

The procedure, in one database transaction:

1. The session is open, or waits for its signed end.
2. Every payload is judged again, from its bytes, with registered keys only; the records form one transaction.
3. The gateway's own objections: refused values, signed values of another session, a meter of another EVSE, energy or
   numbers that another session of the meter has, time that may not be billed. Any error ends here:
   `awaiting_signed_end` when only the signed end is missing, else `not_billable`. That no meter signed is left to a
   person to decide: what the CDR would be is still worked out, for step 7.
4. Evidence periods, whole seconds, prices under the tariff frozen at authorization.
5. The CDR is assembled with its signed values.
6. Reconciliation recomputes everything. What does not add up is `blocked`.
7. pyocmf judges the same bytes, if they are OCMF. A disagreement that is none of its known limits is `held`, and so is
   what a market party signed, unless the operator has written down why that may be billed.
8. CDR and delivery are written together, `ready`, with what the session takes from the meter's counts: only what may
   leave stands in the way of other sessions.

No step can be left out: each takes the type that only the step before it makes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cdr_service.domain.billability import check_time_billable, check_time_signed
from cdr_service.domain.cdr_assembly import assemble_cdr
from cdr_service.domain.errors import ConflictError, DomainError, ReconciliationError, RequestError
from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.domain.lifecycle import CdrState
from cdr_service.domain.pricing import price
from cdr_service.domain.reconcile import reconcile
from cdr_service.domain.segmentation import segment
from cdr_service.domain.session import ChargingSession, SessionState
from cdr_service.persistence.records import PayloadVerification, SessionEventType, StoredFinding
from cdr_service.services.cdr_evidence import signed_data_of, signed_evidence_of
from cdr_service.services.evidence import (
    SessionEvidence,
    as_if_accepted,
    findings_of,
    gather,
    shared_files,
    signed_time,
    time_tariff_allowed,
)
from cdr_service.services.queue_cdr import keep_stopped, queue
from cdr_service.services.record_event import ACTIVITY_OF_STATE, TAKES_EVENTS
from cdr_service.services.session_findings import AnyFinding, as_stored, discrepancies_of, findings_of_start, note
from cdr_service.services.session_history import findings_beside_others, keep_in_history
from meter_sign import (
    Code,
    Finding,
    OpinionVerdict,
    PeriodsOutcome,
    Severity,
    StateChange,
    evidence_periods,
    judge_again,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cdr_service.domain.cdr import Cdr
    from cdr_service.persistence.store import Store
    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: Findings that a late signed value can still cure.
CURED_BY_SIGNED_END = frozenset({Code.TRANSACTION_INCOMPLETE, GatewayCode.TIME_NOT_SIGNED})
#: Findings of evidence that is authentic and that no meter vouches for: a person decides.
LEFT_TO_A_PERSON = frozenset({Code.SIGNER_IS_PARTY, Code.SIGNER_UNKNOWN})
#: How far the operator's clock may be ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSession:
    """The answer: a CDR on its way, or the state and every reason why there is none."""

    cdr_id: str | None
    #: A state of contracts.md, section 3.
    state: str
    findings: tuple[StoredFinding, ...]
    #: What this close said of each signed value.
    verdicts: tuple[PayloadVerification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closing:
    """One close under way: its transaction, its session with the end set, and what was known of it before."""

    ports: Ports
    store: Store
    session: ChargingSession
    known: tuple[StoredFinding, ...]
    #: Errors that a person decides on, who then sees the CDR.
    doubts: tuple[Finding, ...] = ()

    def note(self, findings: Sequence[AnyFinding]) -> tuple[StoredFinding, ...]:
        """Keep and log findings, after those of the start and before what is left to a person."""
        return note(self.ports, self.store, self.session, (*self.known, *findings, *self.doubts))

    def move(self, state: SessionState) -> None:
        """Set the session's state and end."""
        self.store.set_session_state(
            self.session.party, self.session.session_id, state, end_date_time=self.session.end_date_time
        )


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
        RequestError: END_BEFORE_START, END_IN_FUTURE.
    """
    with ports.transaction() as store:
        # 1.
        closing = _open(ports, store, session_id, end_date_time)
        closed = _close(closing)
        verdicts = store.list_verifications(closing.session.party, session_id)
    last_run = {one.payload_id: one.run for one in verdicts}
    return replace(closed, verdicts=tuple(one for one in verdicts if one.run == last_run[one.payload_id]))


def _close(closing: _Closing) -> ClosedSession:
    ports, store = closing.ports, closing.store
    # 2. and 3.
    party_policy = ports.settings.accept_party_signatures
    evidence = gather(store, closing.session, ports.clock(), party_policy=party_policy)
    closing, evidence = _doubting(closing, evidence)
    objections = _objections(closing, evidence)
    if not evidence.transaction.billable or _errors(objections):
        return _stop(closing, objections)
    # 4.
    outcome = _periods(closing, evidence)
    findings = (*objections, *outcome.findings)
    if _errors(findings):
        return _stop(closing, findings)
    try:
        # 4. and 5.
        cdr, rounding = _assemble(closing, evidence, outcome)
    except DomainError as error:
        return _stop(closing, (*findings, _refusal(error)))
    return _decide(closing, evidence, cdr, closing.note((*findings, *rounding)))


def _open(ports: Ports, store: Store, session_id: str, end_date_time: datetime) -> _Closing:
    session = store.lock_session(ports.settings.party, session_id)
    if session.state not in TAKES_EVENTS:
        raise ConflictError("SESSION_CLOSED", f"the session is {session.state}", where=session_id)
    if end_date_time <= session.start_date_time:
        raise RequestError("END_BEFORE_START", "the session would end before it started", where="/end_date_time")
    if end_date_time > ports.clock() + CLOCK_TOLERANCE:
        raise RequestError("END_IN_FUTURE", "the session has not ended yet", where="/end_date_time")
    return _Closing(
        ports=ports,
        store=store,
        session=replace(session, end_date_time=end_date_time),
        known=findings_of_start(store.list_session_findings(session.party, session_id)),
    )


def _doubting(closing: _Closing, evidence: SessionEvidence) -> tuple[_Closing, SessionEvidence]:
    """Set aside what a person decides on, and go on with the evidence as if that person had said yes."""
    doubts = tuple(
        finding
        for finding in evidence.transaction.findings
        if finding.code in LEFT_TO_A_PERSON and finding.severity is Severity.ERROR
    )
    if not doubts:
        return closing, evidence
    accepted = as_if_accepted(evidence)
    rest = tuple(finding for finding in accepted.transaction.findings if finding.code not in LEFT_TO_A_PERSON)
    accepted = replace(accepted, transaction=replace(accepted.transaction, findings=rest))
    return replace(closing, doubts=doubts), accepted


def _objections(closing: _Closing, evidence: SessionEvidence) -> tuple[AnyFinding, ...]:
    """What the law and the gateway object to; clock and neighbours matter only for what could be billed."""
    session, shared = closing.session, shared_files(evidence)
    if shared:
        return (*evidence.refused, *shared)
    found: tuple[AnyFinding, ...] = (*evidence.transaction.findings, *findings_of(closing.store, session, evidence))
    if not evidence.transaction.billable:
        return found
    if not _errors(found):
        found += findings_beside_others(closing.store, session, evidence.transaction)
    tariff = session.authorization.snapshot.tariff
    allowed = time_tariff_allowed(evidence)
    lasted = (session.end_date_time or session.start_date_time) - session.start_date_time
    return (
        *found,
        *check_time_billable(tariff, evidence.transaction.billable_time, time_tariff_allowed=allowed),
        *check_time_signed(tariff, session=lasted, signed=signed_time(evidence.transaction) or timedelta(0)),
    )


def _errors(findings: Sequence[AnyFinding]) -> list[AnyFinding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _stop(closing: _Closing, findings: Sequence[AnyFinding]) -> ClosedSession:
    """No CDR: the session waits for a late signed value if that is all that is missing, else it is not billable."""
    curable = all(finding.code in CURED_BY_SIGNED_END for finding in _errors(findings))
    state = SessionState.AWAITING_SIGNED_END if curable else SessionState.NOT_BILLABLE
    closing.move(state)
    log.warning("session_not_billed session=%s state=%s", closing.session.session_id, state)
    return ClosedSession(cdr_id=None, state=state, findings=closing.note(findings))


def _periods(closing: _Closing, evidence: SessionEvidence) -> PeriodsOutcome:
    session = closing.session
    states = [
        StateChange(at=event.at, activity=ACTIVITY_OF_STATE[event.state or ""])
        for event in closing.store.list_events(session.party, session.session_id)
        if event.type is SessionEventType.STATE
    ]
    return evidence_periods(
        evidence.transaction,
        starts_at=session.start_date_time,
        ends_at=session.end_date_time or session.start_date_time,
        states=states,
        received_at=evidence.received_at,
    )


def _assemble(
    closing: _Closing, evidence: SessionEvidence, outcome: PeriodsOutcome
) -> tuple[Cdr, tuple[SessionFinding, ...]]:
    """Whole seconds, prices, CDR."""
    ports, session = closing.ports, closing.session
    metered = segment(outcome.periods)
    priced = price(metered.periods, session.authorization.snapshot.tariff, ports.settings.rounding)
    cdr = assemble_cdr(
        cdr_id=ports.new_id(),
        session=session,
        metered=metered,
        priced=priced,
        signed_data=signed_data_of(evidence.transaction),
        meter_id=evidence.transaction.records[0].content.meter.meter_id,
        now=ports.clock(),
    )
    return cdr, metered.findings


def _refusal(error: DomainError) -> SessionFinding:
    return SessionFinding(code=GatewayCode(error.code), severity=Severity.ERROR, message=error.detail, path=error.where)


def _decide(
    closing: _Closing, evidence: SessionEvidence, cdr: Cdr, findings: tuple[StoredFinding, ...]
) -> ClosedSession:
    """From here on the session has a CDR: blocked, held, or on its way."""
    ports, store = closing.ports, closing.store
    closing.move(SessionState.CLOSED)
    # 6.
    try:
        reconciled = reconcile(cdr, signed_evidence_of(closing.session, evidence), ports.settings.rounding)
    except ReconciliationError as error:
        findings = (*findings, *discrepancies_of(error))
        return _stopped(cdr, keep_stopped(ports, store, cdr, CdrState.BLOCKED, findings), findings)
    # 7.
    second_opinion = _second_opinion(ports, evidence)
    findings = (*findings, *map(as_stored, second_opinion))
    if closing.doubts or _errors(second_opinion):
        return _stopped(cdr, keep_stopped(ports, store, cdr, CdrState.HELD, findings), findings)
    # 8.
    keep_in_history(store, closing.session, evidence.transaction, ports.clock())
    state = queue(ports, store, reconciled, findings)
    log.info("cdr_queued cdr=%s session=%s", cdr.id, cdr.session_id)
    return ClosedSession(cdr_id=cdr.id, state=state, findings=findings)


def _second_opinion(ports: Ports, evidence: SessionEvidence) -> tuple[SessionFinding, ...]:
    """What pyocmf objects to, or that it was not asked; nothing where it is switched off for bulk work."""
    if not ports.settings.second_opinion:
        return ()
    opinion = judge_again(evidence.transaction)
    told = {
        OpinionVerdict.DISAGREES: (GatewayCode.SECOND_OPINION_DISAGREES, Severity.ERROR),
        OpinionVerdict.NOT_ASKED: (GatewayCode.SECOND_OPINION_NOT_GIVEN, Severity.INFO),
    }.get(opinion.verdict)
    if told is None:
        return ()
    code, severity = told
    return (SessionFinding(code=code, severity=severity, message=opinion.detail, path="/signed_data"),)


def _stopped(cdr: Cdr, state: CdrState, findings: tuple[StoredFinding, ...]) -> ClosedSession:
    log.warning("cdr_stopped cdr=%s state=%s codes=%s", cdr.id, state, [finding.code for finding in findings])
    return ClosedSession(cdr_id=cdr.id, state=state, findings=findings)
