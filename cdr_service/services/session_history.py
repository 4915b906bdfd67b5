"""A session beside the other sessions of its meter: what no look at its own records can show.

Sessions close in any order, so a late one is compared with the neighbours on both sides. Only sessions whose CDR was
queued take energy: what is held or blocked bills nothing. The records of all others still count as numbers that are
known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign import check_history, trace_of

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.session import ChargingSession
    from cdr_service.persistence.store import Store
    from meter_sign import Finding, Trace, Transaction


def trace_of_session(session: ChargingSession, transaction: Transaction) -> Trace:
    """What a closed session takes up in its meter's counts.

    Args:
        session: with its end.
        transaction: its billable transaction.

    Returns:
        The trace, with the operator's times where the meter's clock was not synchronised.

    Raises:
        ValueError: the session has no end, or the transaction no record.
    """
    trace = trace_of(transaction, name="this session", bills=True)
    if trace is None or session.end_date_time is None:
        raise ValueError("only a closed session with verified records has a place in its meter's history")
    if trace.begins_at is not None:
        return trace
    return replace(trace, begins_at=session.start_date_time, ends_at=session.end_date_time, clock_is_signed=False)


def findings_beside_others(store: Store, session: ChargingSession, transaction: Transaction) -> tuple[Finding, ...]:
    """What is found between a session and its neighbours; until the transaction ends, nobody else closes one of them.

    Args:
        store: the transaction in which the session is closed.
        session: with its end.
        transaction: its billable transaction.
    """
    trace = trace_of_session(session, transaction)
    store.lock_meter(trace)
    neighbours = store.list_neighbours(trace, session.party, session.session_id)
    return check_history(trace, neighbours, store.count_known)


def keep_in_history(store: Store, session: ChargingSession, transaction: Transaction, now: datetime) -> None:
    """Note a session whose CDR may leave from now on: no other session gets one for the same energy."""
    store.add_to_history(trace_of_session(session, transaction), session.party, session.session_id, now=now)
