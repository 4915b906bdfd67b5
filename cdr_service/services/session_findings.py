"""What the gateway noticed about a session, in one form, kept for the operator and written to the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.persistence.records import StoredFinding
from meter_sign import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdr_service.domain.errors import ReconciliationError
    from cdr_service.domain.session import ChargingSession
    from cdr_service.persistence.store import Store
    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: What the meter's law says, and what the gateway's own rules say.
AnyFinding = SessionFinding | Finding
#: Findings of the start, which a close does not find again.
FOUND_AT_START = frozenset({GatewayCode.TARIFF_CHANGED_BEFORE_START})


def findings_of_start(findings: Iterable[StoredFinding]) -> tuple[StoredFinding, ...]:
    """Those that stay with the session, however often it is closed."""
    return tuple(one for one in findings if one.code in FOUND_AT_START)


def discrepancies_of(error: ReconciliationError) -> tuple[StoredFinding, ...]:
    """Every discrepancy of a failed reconciliation, in the one form that is kept."""
    return tuple(
        StoredFinding(
            code=str(one.code),
            severity=str(Severity.ERROR),
            message=f"{one.field}: claimed {one.claimed}, computed {one.computed}",
            path=one.path,
        )
        for one in error.discrepancies
    )


def as_stored(finding: AnyFinding) -> StoredFinding:
    """The meter's findings and the gateway's own, in the one form that is kept."""
    return StoredFinding(
        code=str(finding.code), severity=str(finding.severity), message=finding.message, path=finding.path
    )


def note(
    ports: Ports, store: Store, session: ChargingSession, findings: Iterable[AnyFinding | StoredFinding]
) -> tuple[StoredFinding, ...]:
    """Keep findings with the session, in place of those of an earlier look, and log each."""
    stored = tuple(one if isinstance(one, StoredFinding) else as_stored(one) for one in findings)
    store.replace_session_findings(session.party, session.session_id, stored, now=ports.clock())
    for one in stored:
        log.warning(
            "session_finding session=%s code=%s severity=%s path=%s message=%s",
            session.session_id, one.code, one.severity, one.path, one.message,
        )  # fmt: skip
    return stored
