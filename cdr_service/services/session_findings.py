"""What the gateway noticed about a session, in one form, kept for the operator and written to the log."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from cdr_service.domain.findings import SessionFinding
from cdr_service.domain.session import ChargingSession
from cdr_service.persistence.records import StoredFinding
from cdr_service.persistence.store import Store
from cdr_service.services.ports import Ports
from meter_sign import Finding

log = logging.getLogger(__name__)


def as_stored(finding: SessionFinding | Finding) -> StoredFinding:
    """The meter's findings and the gateway's own, in the one form that is kept."""
    return StoredFinding(
        code=str(finding.code), severity=str(finding.severity), message=finding.message, path=finding.path
    )


def note(
    ports: Ports, store: Store, session: ChargingSession, findings: Iterable[SessionFinding | Finding | StoredFinding]
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
