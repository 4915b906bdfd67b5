"""The outbox: deliveries are rows, claimed, stamped and settled by conditional updates.

    ready | retry_wait  --claim-->  submitting(n)  --stamp-->  bytes leave  --settle(n)-->  accepted, unknown, ...

Rules that stand here (durability.md, section 2.4):

1. Every attempt sends the bytes of the CDR's row; they were frozen when the delivery was written.
2. Intent before effect: `submitting`, the number of the attempt and `submitted_at` are committed before a byte leaves.
3. The last thing before that is `stamp`, which only the attempt that still holds the delivery can do.
5. Only an update that names the number of the attempt may finish it.

A delivery that is found in `submitting` at the start becomes `unknown`: perhaps the partner has the CDR, perhaps not.
Nothing here sends it again. Every function is a transaction of its own, committed when it returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of the dataclasses' public types
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update

from cdr_service.domain.errors import NotFoundError, StoreError
from cdr_service.domain.lifecycle import OUTCOME_EVENTS, CdrState, DeliveryOutcome, transition
from cdr_service.domain.party import PartyId
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.records import Receipt
from cdr_service.persistence.tables import CdrRow, DeliveryAttemptRow, DeliveryRow
from cdr_service.persistence.unit_of_work import as_store_errors

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Update

#: States from which a delivery that is due may be claimed; from `retry_wait` the way leads through `ready`.
CLAIMABLE: Final = (CdrState.READY, CdrState.RETRY_WAIT)
#: Bytes of an answer that are kept.
_EXCERPT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One attempt of one delivery: who holds this may send, after `stamp`."""

    delivery_id: str
    attempt_no: int
    counterparty_id: str
    party: PartyId
    cdr_id: str
    #: What goes on the wire, byte for byte.
    body: bytes
    body_sha256: str
    #: The same for all attempts of the delivery.
    correlation_id: str
    submitted_at: datetime


def claim(engine: Engine, *, now: datetime, limit: int = 1) -> tuple[Claim, ...]:
    """Take deliveries that are due; what is returned is committed as `submitting`.

    Args:
        engine: the database.
        now: deliveries whose `due_at` is not after it are due.
        limit: how many at most. A process that dies leaves all of its claims unknown: take few.

    Returns:
        The attempts that only this caller may make, the longest due first.

    Raises:
        StoreError: BODY_CORRUPT: the bytes of a CDR no longer have their digest; nothing was claimed.
    """
    due = (
        select(DeliveryRow.id, DeliveryRow.attempt_no)
        .where(DeliveryRow.state.in_(CLAIMABLE), DeliveryRow.due_at <= now)
        .order_by(DeliveryRow.due_at, DeliveryRow.id)
        .limit(limit)
    )
    with as_store_errors(), engine.begin() as connection:
        found = connection.execute(due).all()
        return tuple(
            _load_claim(connection, delivery_id)
            for delivery_id, attempt_no in found
            if _take(connection, delivery_id, attempt_no, now)
        )


def stamp(engine: Engine, delivery_id: str, attempt_no: int, *, now: datetime) -> bool:
    """Say that the bytes leave now; only if this attempt still holds the delivery.

    Returns:
        False when it does not: then nothing may be sent.
    """
    with as_store_errors(), engine.begin() as connection:
        return _changed_one(connection, _submitting(delivery_id, attempt_no).values(submitted_at=now))


def settle(
    engine: Engine,
    delivery_id: str,
    attempt_no: int,
    outcome: DeliveryOutcome,
    *,
    receipt: Receipt,
    due_at: datetime | None,
    now: datetime,
) -> bool:
    """Finish an attempt, and write it into the delivery's history.

    Args:
        engine: the database.
        delivery_id: the delivery.
        attempt_no: the attempt's number; only the delivery's own running attempt can finish it.
        outcome: what it came to.
        receipt: what was sent and answered.
        due_at: when to try again; needed when another attempt follows, of no effect otherwise.
        now: the time of the answer.

    Returns:
        False when the delivery is no longer this attempt's: its state stays as it is, the answer is in the history.

    Raises:
        NotFoundError: DELIVERY_UNKNOWN.
        ValueError: another attempt follows and `due_at` is missing.
    """
    state = transition(CdrState.SUBMITTING, OUTCOME_EVENTS[outcome])
    if state in CLAIMABLE and due_at is None:
        raise ValueError("an attempt that is tried again needs the time of the next one")
    values: dict[str, object] = {"state": state, "due_at": due_at if state in CLAIMABLE else None}
    if outcome is DeliveryOutcome.ACCEPTED:
        values["location"] = receipt.location
    with as_store_errors(), engine.begin() as connection:
        moved = _changed_one(connection, _submitting(delivery_id, attempt_no).values(values))
        _write_attempt(connection, delivery_id, attempt_no, outcome, receipt, now)
        return moved


def abandon(engine: Engine, delivery_id: str, attempt_no: int, *, now: datetime) -> bool:
    """Make an attempt unknown that ended without `settle`.

    Returns:
        False when the attempt is settled, as it should be: then nothing changes.
    """
    with as_store_errors(), engine.begin() as connection:
        return _make_unknown(connection, delivery_id, attempt_no, now)


def recover(engine: Engine, *, now: datetime) -> tuple[str, ...]:
    """Make all deliveries unknown that a dead process left in `submitting`; call it before the first `claim`.

    Returns:
        The ids of these deliveries. None of them was sent again.
    """
    left = select(DeliveryRow.id, DeliveryRow.attempt_no).where(DeliveryRow.state == CdrState.SUBMITTING)
    with as_store_errors(), engine.begin() as connection:
        found = connection.execute(left.order_by(DeliveryRow.id)).all()
        return tuple(
            delivery_id for delivery_id, attempt_no in found if _make_unknown(connection, delivery_id, attempt_no, now)
        )


def _take(connection: Connection, delivery_id: str, attempt_no: int, now: datetime) -> bool:
    """Compare and set: of two that saw the same row, one changes it."""
    return _changed_one(
        connection,
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.attempt_no == attempt_no, DeliveryRow.state.in_(CLAIMABLE))
        .values(state=CdrState.SUBMITTING, attempt_no=attempt_no + 1, submitted_at=now, due_at=None),
    )


def _load_claim(connection: Connection, delivery_id: str) -> Claim:
    """What the attempt needs, with the frozen bytes checked."""
    statement = select(DeliveryRow.__table__, CdrRow.__table__).join(CdrRow, CdrRow.key == DeliveryRow.cdr_key)
    row = connection.execute(statement.where(DeliveryRow.id == delivery_id)).one()
    if row.body is None or sha256(row.body).hexdigest() != row.sha256:
        raise StoreError(StoreCode.BODY_CORRUPT, "the bytes of the CDR do not have their digest", where=row.key)
    return Claim(
        delivery_id=delivery_id,
        attempt_no=row.attempt_no,
        counterparty_id=row.counterparty_id,
        party=PartyId(row.country_code, row.party_id),
        cdr_id=row.cdr_id,
        body=row.body,
        body_sha256=row.sha256,
        correlation_id=row.correlation_id,
        submitted_at=row.submitted_at,
    )


def _submitting(delivery_id: str, attempt_no: int) -> Update:
    """An update of the delivery that only its running attempt can make."""
    return update(DeliveryRow).where(
        DeliveryRow.id == delivery_id,
        DeliveryRow.attempt_no == attempt_no,
        DeliveryRow.state == CdrState.SUBMITTING,
    )


def _changed_one(connection: Connection, statement: Update) -> bool:
    """Whether the conditional update found its row."""
    return connection.execute(statement).rowcount == 1


def _make_unknown(connection: Connection, delivery_id: str, attempt_no: int, now: datetime) -> bool:
    """Move a running attempt to `unknown`, with a line in the history that has no answer."""
    if not _changed_one(connection, _submitting(delivery_id, attempt_no).values(state=CdrState.UNKNOWN, due_at=None)):
        return False
    _write_attempt(connection, delivery_id, attempt_no, DeliveryOutcome.UNKNOWN, Receipt(), now)
    return True


def _write_attempt(
    connection: Connection,
    delivery_id: str,
    attempt_no: int,
    outcome: DeliveryOutcome,
    receipt: Receipt,
    now: datetime,
) -> None:
    """Append a line to the delivery's history."""
    digest = connection.scalar(
        select(CdrRow.sha256).join(DeliveryRow, DeliveryRow.cdr_key == CdrRow.key).where(DeliveryRow.id == delivery_id)
    )
    if digest is None:
        raise NotFoundError(StoreCode.DELIVERY_UNKNOWN, "there is no delivery of this id", where=delivery_id)
    last = connection.scalar(
        select(func.max(DeliveryAttemptRow.seq)).where(DeliveryAttemptRow.delivery_id == delivery_id)
    )
    excerpt = receipt.answer_excerpt
    connection.execute(
        insert(DeliveryAttemptRow).values(
            delivery_id=delivery_id,
            seq=(last or 0) + 1,
            attempt_no=attempt_no,
            request_id=receipt.request_id,
            started_at=receipt.started_at,
            ended_at=now,
            http_status=receipt.http_status,
            ocpi_status_code=receipt.ocpi_status_code,
            outcome=outcome,
            body_sha256=digest,
            answer_excerpt=None if excerpt is None else excerpt[:_EXCERPT_BYTES],
            location=receipt.location,
            status_message=receipt.status_message,
            created_at=now,
        )
    )
