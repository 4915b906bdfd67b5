from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.errors import NotFoundError, StoreError
from cdr_service.domain.lifecycle import TRANSITIONS, CdrEvent, CdrState, DeliveryOutcome
from cdr_service.persistence import outbox
from cdr_service.persistence.records import Receipt
from tests.unit.persistence.samples import (
    BODY,
    BODY_SHA256,
    CPO,
    NOW,
    closing_database,
    new_database,
    opening,
    with_delivery,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Engine

    from cdr_service.persistence.records import Delivery

_LATER = NOW + timedelta(minutes=5)
_CLAIM_IN_A_PROCESS = """
import sys
from pathlib import Path
from cdr_service.persistence import outbox
from tests.unit.persistence.samples import NOW, new_database
engine = new_database(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
claims = [claim.delivery_id for _ in range(20) for claim in outbox.claim(engine, now=NOW)]
print(" ".join(claims))
engine.dispose()
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with one delivery that is due."""
    with closing_database(tmp_path) as engine:
        with_delivery(engine)
        yield engine


def _delivery(engine: Engine, number: int = 1) -> Delivery:
    """The delivery as the operator sees it."""
    with opening(engine)() as store:
        return store.get_cdr(CPO, f"CDR-{number}").deliveries[0]


def _settle(
    engine: Engine,
    outcome: DeliveryOutcome,
    *,
    attempt_no: int = 1,
    receipt: Receipt | None = None,
    due_at: datetime | None = _LATER,
) -> bool:
    """Finish an attempt of delivery d-1."""
    return outbox.settle(engine, "d-1", attempt_no, outcome, receipt=receipt or Receipt(), due_at=due_at, now=NOW)


def test_a_claim_is_committed_before_it_is_returned(engine: Engine) -> None:
    """Rule 2: state, number and time of the attempt are on disk before a byte can leave."""
    (claim,) = outbox.claim(engine, now=NOW)
    row = _delivery(engine)
    assert (row.state, row.attempt_no, row.submitted_at) == (CdrState.SUBMITTING, 1, NOW)
    assert (claim.delivery_id, claim.attempt_no, claim.counterparty_id) == ("d-1", 1, "cp-1")
    assert (claim.party, claim.cdr_id, claim.correlation_id) == (CPO, "CDR-1", "corr-1")


def test_a_claimed_delivery_is_not_claimed_again(engine: Engine) -> None:
    """Whoever comes second finds nothing."""
    outbox.claim(engine, now=NOW)
    assert outbox.claim(engine, now=_LATER) == ()


def test_a_delivery_is_not_claimed_before_it_is_due(engine: Engine) -> None:
    """Due is inclusive: a second before, nothing; at the instant, the delivery."""
    assert outbox.claim(engine, now=NOW - timedelta(seconds=1)) == ()
    assert len(outbox.claim(engine, now=NOW)) == 1


def test_the_longest_due_are_claimed_first_and_not_more_than_asked(engine: Engine) -> None:
    """The order is that of `due_at`, not that of writing."""
    with_delivery(engine, 2, due_at=NOW - timedelta(hours=1))
    with_delivery(engine, 3, due_at=NOW - timedelta(hours=2))
    assert [claim.delivery_id for claim in outbox.claim(engine, now=NOW, limit=2)] == ["d-3", "d-2"]


def test_every_attempt_gets_the_same_bytes_and_correlation(engine: Engine) -> None:
    """Rule 1: three attempts, one body, one digest, one correlation id; three numbers."""
    claims = []
    for attempt_no in (1, 2, 3):
        claims += outbox.claim(engine, now=_LATER)
        _settle(engine, DeliveryOutcome.NOT_SENT, attempt_no=attempt_no)
    assert {(claim.body, claim.body_sha256, claim.correlation_id) for claim in claims} == {
        (BODY, BODY_SHA256, "corr-1")
    }
    assert [claim.attempt_no for claim in claims] == [1, 2, 3]
    assert [one.body_sha256 for one in _delivery(engine).attempts] == [BODY_SHA256] * 3


def test_bytes_that_changed_behind_our_back_are_not_sent(engine: Engine) -> None:
    """Somebody took the trigger away and changed the body: nothing is claimed, and it is said loudly."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER cdr_no_update")
        connection.exec_driver_sql("UPDATE cdr SET body = x'7b7d'")
    with pytest.raises(StoreError, match="BODY_CORRUPT"):
        outbox.claim(engine, now=NOW)
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT state, attempt_no FROM delivery").one()
    assert found == ("ready", 0)


def test_a_stamp_needs_the_running_attempt(engine: Engine) -> None:
    """Rule 3: only the attempt that holds the delivery may send; the stamp says when."""
    assert not outbox.stamp(engine, "d-1", 0, now=NOW)
    outbox.claim(engine, now=NOW)
    assert outbox.stamp(engine, "d-1", 1, now=_LATER)
    assert _delivery(engine).submitted_at == _LATER
    assert not outbox.stamp(engine, "d-1", 2, now=NOW)
    assert not outbox.stamp(engine, "d-2", 1, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "state", "due_at"),
    [
        (DeliveryOutcome.ACCEPTED, CdrState.ACCEPTED, None),
        (DeliveryOutcome.REJECTED, CdrState.REJECTED, None),
        (DeliveryOutcome.NOT_SENT, CdrState.RETRY_WAIT, _LATER),
        (DeliveryOutcome.NOT_PROCESSED, CdrState.RETRY_WAIT, _LATER),
        (DeliveryOutcome.UNKNOWN, CdrState.UNKNOWN, None),
        (DeliveryOutcome.HOLD, CdrState.HELD, None),
    ],
)
def test_an_outcome_decides_the_state(
    engine: Engine, outcome: DeliveryOutcome, state: CdrState, due_at: datetime | None
) -> None:
    """durability.md, 2.3 and 2.4; only what certainly was not processed gets a time to be tried again."""
    outbox.claim(engine, now=NOW)
    assert _settle(engine, outcome)
    row = _delivery(engine)
    assert (row.state, row.due_at, [one.outcome for one in row.attempts]) == (state, due_at, [outcome])


@pytest.mark.parametrize(
    "outcome", [outcome for outcome in DeliveryOutcome if outcome.name not in {"NOT_SENT", "NOT_PROCESSED"}]
)
def test_only_what_certainly_was_not_processed_is_claimed_again(engine: Engine, outcome: DeliveryOutcome) -> None:
    """Above all: an unknown outcome is never posted again."""
    outbox.claim(engine, now=NOW)
    _settle(engine, outcome)
    assert outbox.claim(engine, now=NOW + timedelta(days=365)) == ()


def test_another_attempt_needs_its_time(engine: Engine) -> None:
    """A delivery without `due_at` would never be claimed again: stuck."""
    outbox.claim(engine, now=NOW)
    with pytest.raises(ValueError, match="next one"):
        _settle(engine, DeliveryOutcome.NOT_SENT, due_at=None)


@pytest.mark.parametrize("attempt_no", [0, 1, 3])
def test_only_the_running_attempt_can_finish(engine: Engine, attempt_no: int) -> None:
    """Rule 5: an answer to another attempt moves nothing, and stands in the history all the same."""
    outbox.claim(engine, now=NOW)
    _settle(engine, DeliveryOutcome.NOT_SENT)
    outbox.claim(engine, now=_LATER)
    assert not _settle(engine, DeliveryOutcome.ACCEPTED, attempt_no=attempt_no)
    row = _delivery(engine)
    assert (row.state, row.attempt_no, row.location) == (CdrState.SUBMITTING, 2, None)
    assert (row.attempts[-1].attempt_no, row.attempts[-1].outcome) == (attempt_no, DeliveryOutcome.ACCEPTED)


def test_an_attempt_is_finished_once(engine: Engine) -> None:
    """The second answer to the same attempt does not change the first."""
    outbox.claim(engine, now=NOW)
    _settle(engine, DeliveryOutcome.ACCEPTED)
    assert not _settle(engine, DeliveryOutcome.REJECTED)
    assert _delivery(engine).state is CdrState.ACCEPTED


def test_the_history_keeps_the_beginning_of_an_answer(engine: Engine) -> None:
    """4 kB of it, whatever a partner sends."""
    outbox.claim(engine, now=NOW)
    receipt = Receipt(
        request_id="r", started_at=NOW, http_status=500, ocpi_status_code=3000, answer_excerpt=b"x" * 9999
    )
    _settle(engine, DeliveryOutcome.UNKNOWN, receipt=receipt)
    (attempt,) = _delivery(engine).attempts
    assert attempt.answer_excerpt == b"x" * 4096
    assert (attempt.request_id, attempt.http_status, attempt.ocpi_status_code) == ("r", 500, 3000)
    assert (attempt.started_at, attempt.ended_at) == (NOW, NOW)


def test_a_delivery_that_does_not_exist_cannot_be_settled(engine: Engine) -> None:
    """The history belongs to a delivery."""
    with pytest.raises(NotFoundError, match="DELIVERY_UNKNOWN"):
        outbox.settle(engine, "d-9", 1, DeliveryOutcome.ACCEPTED, receipt=Receipt(), due_at=None, now=NOW)


def test_an_attempt_without_end_becomes_unknown(engine: Engine) -> None:
    """`abandon` closes what was not settled, and leaves alone what was."""
    outbox.claim(engine, now=NOW)
    assert outbox.abandon(engine, "d-1", 1, now=NOW)
    assert not outbox.abandon(engine, "d-1", 1, now=NOW)
    row = _delivery(engine)
    assert (row.state, [one.outcome for one in row.attempts]) == (CdrState.UNKNOWN, [DeliveryOutcome.UNKNOWN])


def test_recovery_touches_running_attempts_only(engine: Engine) -> None:
    """What waits or has ended stays as it is."""
    with_delivery(engine, 2, due_at=_LATER)
    with_delivery(engine, 3, due_at=NOW - timedelta(hours=1))
    outbox.claim(engine, now=NOW)
    outbox.settle(engine, "d-3", 1, DeliveryOutcome.ACCEPTED, receipt=Receipt(), due_at=None, now=NOW)
    outbox.claim(engine, now=NOW)
    assert outbox.recover(engine, now=NOW) == ("d-1",)
    assert outbox.recover(engine, now=NOW) == ()
    assert [_delivery(engine, number).state for number in (1, 2, 3)] == ["unknown", "ready", "accepted"]


def test_a_recovered_attempt_can_no_longer_send(engine: Engine) -> None:
    """A process that was only thought dead finds its stamp refused."""
    outbox.claim(engine, now=NOW)
    outbox.recover(engine, now=NOW)
    assert not outbox.stamp(engine, "d-1", 1, now=NOW)


def test_claiming_follows_the_life_cycle() -> None:
    """From each state that can be claimed, the table leads to `submitting`; from no other one in one POST."""
    ready = TRANSITIONS[CdrState.RETRY_WAIT][CdrEvent.BACK_OFF_OVER]
    assert set(outbox.CLAIMABLE) == {ready, CdrState.RETRY_WAIT}
    assert [state for state in CdrState if CdrState.SUBMITTING in TRANSITIONS[state].values()] == [ready]


def test_of_two_threads_exactly_one_wins(tmp_path: Path) -> None:
    """Twenty rounds: both claim at the same moment, each over a connection of its own."""
    with closing_database(tmp_path) as engine, ThreadPoolExecutor(2) as pool:
        for number in range(1, 21):
            with_delivery(engine, number)
            barrier = Barrier(2)

            def claim(barrier: Barrier = barrier) -> int:
                barrier.wait()
                return len(outbox.claim(engine, now=NOW))

            assert sorted(future.result() for future in [pool.submit(claim) for _ in range(2)]) == [0, 1]


def test_compare_and_set_alone_decides(engine: Engine) -> None:
    """Where transactions do not wait for each other, the second update finds no row: the number has moved on."""
    with engine.begin() as connection:
        assert outbox._take(connection, "d-1", 0, NOW)
        assert not outbox._take(connection, "d-1", 0, NOW)


def test_of_two_processes_exactly_one_wins_each_delivery(tmp_path: Path) -> None:
    """Two real processes on one file share twelve deliveries: none is lost, none is claimed twice."""
    engine = new_database(tmp_path)
    expected = sorted(with_delivery(engine, number) for number in range(1, 13))
    engine.dispose()
    command = [sys.executable, "-c", _CLAIM_IN_A_PROCESS, str(tmp_path)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    claimed = [child.communicate(timeout=60)[0].split() for child in children]
    assert sorted(claimed[0] + claimed[1]) == expected
