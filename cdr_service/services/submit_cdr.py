"""One attempt to deliver one CDR: stamp, send, settle.

What an answer means is the outcome table of `ocpi/outcome.py`; when to try again is the rule of `domain/lifecycle.py`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from cdr_service.domain.errors import CdrServiceError
from cdr_service.domain.lifecycle import DeliveryOutcome, back_off
from cdr_service.ocpi.client import PushReport
from cdr_service.ocpi.headers import Route
from cdr_service.ocpi.schemas.versions import ModuleId
from cdr_service.persistence import outbox
from cdr_service.persistence.records import Counterparty, CounterpartyState, EndpointRole, Receipt
from cdr_service.services.partners import Connection, connection

if TYPE_CHECKING:
    from cdr_service.persistence.outbox import Claim
    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: Longest wait that a partner's Retry-After can impose, in seconds: 6 hours, the cap of our own back-off.
RETRY_AFTER_CAP_SECONDS = 21_600


def submit_cdr(ports: Ports, claim: Claim) -> None:
    """Make the attempt that was claimed.

    The claim is committed as `submitting` already; nothing is sent unless the stamp still finds this attempt.
    """
    with ports.transaction() as store:
        partner = store.get_counterparty(claim.counterparty_id)
    request_id = ports.new_id()
    try:
        link = _way_to(ports, partner)
    except CdrServiceError as error:
        _settle(ports, claim, _not_sent(request_id, error), ports.clock())
        return
    started_at = ports.clock()
    if not outbox.stamp(ports.engine, claim.delivery_id, claim.attempt_no, now=started_at):
        log.warning("attempt_lost delivery=%s attempt=%s", claim.delivery_id, claim.attempt_no)
        return
    report = link.client.post_cdr(
        link.url,
        link.token,
        claim.body,
        request_id=request_id,
        correlation_id=claim.correlation_id,
        route=Route(sender=claim.party, receiver=partner.party),
    )
    _settle(ports, claim, report, started_at)


def _way_to(ports: Ports, partner: Counterparty) -> Connection:
    if partner.state is not CounterpartyState.REGISTERED:
        raise CdrServiceError("COUNTERPARTY_NOT_REGISTERED", f"{partner.name} is {partner.state}", where=partner.name)
    return connection(ports, partner, ModuleId.CDRS, EndpointRole.RECEIVER)


def _not_sent(request_id: str, error: CdrServiceError) -> PushReport:
    """Nothing left: another attempt is safe, and the reason stands with this one."""
    return PushReport(outcome=DeliveryOutcome.NOT_SENT, detail=str(error), request_id=request_id)


def _settle(ports: Ports, claim: Claim, report: PushReport, started_at: datetime) -> None:
    now = ports.clock()
    outbox.settle(
        ports.engine,
        claim.delivery_id,
        claim.attempt_no,
        report.outcome,
        receipt=Receipt(
            request_id=report.request_id,
            started_at=started_at,
            http_status=report.http_status,
            ocpi_status_code=report.status_code,
            answer_excerpt=report.answer_excerpt,
            location=report.location,
            status_message=report.status_message,
        ),
        due_at=now + _wait(ports, claim, report),
        now=now,
    )
    log.info(
        "cdr_attempt cdr=%s delivery=%s attempt=%s outcome=%s http=%s ocpi=%s detail=%s",
        claim.cdr_id, claim.delivery_id, claim.attempt_no, report.outcome, report.http_status, report.status_code,
        report.detail,
    )  # fmt: skip


def _wait(ports: Ports, claim: Claim, report: PushReport) -> timedelta:
    """The partner's own word, within bounds, or our back-off with full jitter."""
    if report.retry_after_seconds is not None:
        return timedelta(seconds=min(report.retry_after_seconds, RETRY_AFTER_CAP_SECONDS))
    jitter = Decimal(int.from_bytes(ports.new_secret(2), "big")).scaleb(-5)
    return back_off(claim.attempt_no, jitter)
