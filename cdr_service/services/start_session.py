"""Start a session under its authorization, or without one: then the tariff is frozen at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.errors import ConflictError, RequestError
from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.domain.session import AllowedType, AuthMethod, Authorization, ChargingSession, SessionState
from cdr_service.domain.tariff_snapshot import SnapshotReason
from cdr_service.services.authorize import AuthorizationRequest, permission
from cdr_service.services.session_findings import note
from meter_sign import Severity

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.persistence.store import Store
    from cdr_service.services.ports import Ports

#: Starts that the operator's system may decide without asking the eMSP first.
OFFLINE_METHODS = frozenset({AuthMethod.COMMAND, AuthMethod.WHITELIST})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStart:
    """A started session: either the id of its authorization, or who started where without one."""

    session_id: str
    start_date_time: datetime
    authorization_id: str | None
    without_authorization: AuthorizationRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedSession:
    """The open session and what must be shown about its start."""

    session: ChargingSession
    findings: tuple[SessionFinding, ...]


def start_session(ports: Ports, start: SessionStart) -> StartedSession:
    """Open a session.

    Raises:
        NotFoundError: AUTHORIZATION_UNKNOWN, or what `authorize.permission` cannot find.
        ConflictError: NOT_ALLOWED, AUTHORIZATION_USED, SESSION_EXISTS.
        RequestError: AUTH_METHOD_INVALID, AUTHORIZATION_MISSING.
    """
    fresh = None if start.authorization_id is not None else _frozen_at_start(ports, start)
    with ports.transaction() as store:
        if fresh is None:
            authorization = store.get_authorization(start.authorization_id or "")
            _check_usable(store, authorization)
        else:
            authorization = fresh
            store.add_authorization(authorization, now=ports.clock())
        session = ChargingSession(
            session_id=start.session_id,
            party=ports.settings.party,
            authorization=authorization,
            start_date_time=start.start_date_time,
            end_date_time=None,
            state=SessionState.OPEN,
        )
        store.add_session(session, now=ports.clock())
        findings = _tariff_changes(store, authorization)
        note(ports, store, session, findings)
    return StartedSession(session=session, findings=findings)


def _frozen_at_start(ports: Ports, start: SessionStart) -> Authorization:
    request = start.without_authorization
    if request is None:
        raise RequestError("AUTHORIZATION_MISSING", "name an authorization, or the token and the place of the start")
    if request.auth_method not in OFFLINE_METHODS:
        raise RequestError(
            "AUTH_METHOD_INVALID", "a start without authorization is WHITELIST or COMMAND", where="/auth_method"
        )
    authorization, _ = permission(ports, request, SnapshotReason.START)
    return authorization


def _check_usable(store: Store, authorization: Authorization) -> None:
    authorization_id = authorization.authorization_id
    if authorization.allowed is not AllowedType.ALLOWED:
        raise ConflictError("NOT_ALLOWED", f"the authorization says {authorization.allowed}", where=authorization_id)
    if store.is_authorization_used(authorization_id):
        raise ConflictError("AUTHORIZATION_USED", "another session runs under it", where=authorization_id)


def _tariff_changes(store: Store, authorization: Authorization) -> tuple[SessionFinding, ...]:
    """The authorized tariff is billed; that it is not today's must be seen."""
    frozen = authorization.snapshot
    today = store.find_tariff(frozen.tariff.party, frozen.tariff.id)
    if today is not None and today.sha256 == frozen.sha256:
        return ()
    message = (
        f"tariff {frozen.tariff.id} changed between authorization and start; "
        f"the authorized one ({frozen.sha256[:12]}) is billed"
    )
    return (
        SessionFinding(
            code=GatewayCode.TARIFF_CHANGED_BEFORE_START,
            severity=Severity.WARNING,
            message=message,
            path="/authorization_id",
        ),
    )
