from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from cdr_service.dispatch import LoopDispatch
from cdr_service.domain.errors import StoreError
from cdr_service.domain.lifecycle import CdrState, DeliveryOutcome
from cdr_service.persistence import outbox
from cdr_service.persistence.records import Receipt
from tests.unit.persistence.samples import CPO, NOW, closing_database, opening, with_delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from cdr_service.persistence.outbox import Claim


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with two deliveries that are due."""
    with closing_database(tmp_path) as engine:
        with_delivery(engine, 1, due_at=NOW - timedelta(hours=1))
        with_delivery(engine, 2)
        yield engine


def _states(engine: Engine) -> list[CdrState]:
    """The states of the CDRs as the operator sees them."""
    with opening(engine)() as store:
        return [store.get_cdr(CPO, f"CDR-{number}").state for number in (1, 2)]


def _accept(engine: Engine, claim: Claim) -> None:
    """An attempt that the partner accepts."""
    assert outbox.stamp(engine, claim.delivery_id, claim.attempt_no, now=NOW)
    assert outbox.settle(
        engine,
        claim.delivery_id,
        claim.attempt_no,
        DeliveryOutcome.ACCEPTED,
        receipt=Receipt(),
        due_at=None,
        now=NOW,
    )


def test_one_attempt_at_a_time(engine: Engine) -> None:
    """While an attempt runs, nothing else is claimed: a crash makes one delivery unknown, not a batch."""
    seen: list[tuple[str, list[CdrState]]] = []

    def attempt(claim: Claim) -> None:
        seen.append((claim.delivery_id, _states(engine)))
        _accept(engine, claim)

    loop = LoopDispatch(engine, attempt, lambda: NOW)
    assert [loop.work_once() for _ in range(3)] == [True, True, False]
    assert seen == [
        ("d-1", [CdrState.SUBMITTING, CdrState.READY]),
        ("d-2", [CdrState.ACCEPTED, CdrState.SUBMITTING]),
    ]


def test_an_attempt_that_raises_makes_its_delivery_unknown(engine: Engine) -> None:
    """Perhaps bytes left before the error: nobody sends them again, and the loop goes on to the next delivery."""

    def attempt(claim: Claim) -> None:
        if claim.delivery_id == "d-1":
            raise RuntimeError("a bug")
        _accept(engine, claim)

    loop = LoopDispatch(engine, attempt, lambda: NOW)
    assert [loop.work_once() for _ in range(3)] == [True, True, False]
    assert _states(engine) == [CdrState.UNKNOWN, CdrState.ACCEPTED]


def test_an_attempt_that_forgets_to_settle_makes_its_delivery_unknown(engine: Engine) -> None:
    """Nothing stays in `submitting` when nobody is submitting."""
    LoopDispatch(engine, lambda _claim: None, lambda: NOW).work_once()
    assert _states(engine) == [CdrState.UNKNOWN, CdrState.READY]


def test_an_attempt_is_closed_once_the_database_is_back(engine: Engine) -> None:
    """The database fails between the attempt and its end: the next round makes the delivery unknown."""
    broken = "ALTER TABLE delivery_attempt RENAME TO away"

    def attempt(_claim: Claim) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(broken)

    loop = LoopDispatch(engine, attempt, lambda: NOW)
    with pytest.raises(StoreError):
        loop.work_once()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO delivery_attempt")
    assert _states(engine) == [CdrState.SUBMITTING, CdrState.READY]
    loop._attempt = lambda claim: _accept(engine, claim)
    loop.work_once()
    assert _states(engine) == [CdrState.UNKNOWN, CdrState.ACCEPTED]


def test_recovery_says_what_became_unknown(engine: Engine) -> None:
    """A delivery that a dead process was submitting is reported by its id."""
    outbox.claim(engine, now=NOW)
    assert LoopDispatch(engine, lambda _claim: None, lambda: NOW).recover() == ("d-1",)
    assert _states(engine) == [CdrState.UNKNOWN, CdrState.READY]


def test_a_commit_wakes_the_loop(engine: Engine) -> None:
    """A sleeping loop delivers what was queued at once, and not before the commit."""
    done, stop = Event(), Event()

    def attempt(claim: Claim) -> None:
        _accept(engine, claim)
        if claim.delivery_id == "d-2":
            done.set()

    early = NOW - timedelta(minutes=1)
    times = [early]
    loop = LoopDispatch(engine, attempt, lambda: times[0], poll_seconds=3600)
    thread = Thread(target=loop.work, args=(stop,))
    thread.start()
    while _states(engine)[0] is not CdrState.ACCEPTED:
        assert thread.is_alive()
    with opening(engine)() as store:
        times[0] = NOW
        loop.enqueue(store, "d-2")
    assert done.wait(30)
    stop.set()
    with opening(engine)() as store:
        loop.enqueue(store, "d-2")
    thread.join(30)
    assert not thread.is_alive()
    assert _states(engine) == [CdrState.ACCEPTED, CdrState.ACCEPTED]


def test_a_failing_database_does_not_end_the_loop(engine: Engine) -> None:
    """The loop asks again: what is due is delivered once the database answers."""
    stop = Event()

    def attempt(claim: Claim) -> None:
        _accept(engine, claim)
        stop.set()

    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    loop = LoopDispatch(engine, attempt, lambda: NOW, poll_seconds=0.01)
    thread = Thread(target=loop.work, args=(stop,))
    thread.start()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO delivery")
    thread.join(30)
    assert not thread.is_alive()
    assert _states(engine) == [CdrState.ACCEPTED, CdrState.READY]
