"""kill -9 of a real process at every commit boundary of a delivery attempt, then a new start.

The promise: a CDR is sent once, or it is visibly `unknown`; never is it sent again by itself, never is it forgotten.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.lifecycle import CdrState, DeliveryOutcome
from cdr_service.persistence import outbox
from tests.unit.persistence.samples import BODY, CPO, NOW, closing_database, opening, with_delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

#: A worker that stops for ever at the point named by its second argument and says so; then it is killed.
_WORKER = """
import sys, time
from pathlib import Path
from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.persistence import outbox
from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.records import Receipt
from tests.unit.persistence.samples import NOW

folder, stop_at = Path(sys.argv[1]), sys.argv[2]
engine = open_engine(f"sqlite:///{folder / 'eichwerk.sqlite'}")

def reached(point):
    if point == stop_at:
        print(point, flush=True)
        time.sleep(600)

load = outbox._load_claim
def load_and_stop(connection, delivery_id):
    reached("inside the claim")
    return load(connection, delivery_id)
outbox._load_claim = load_and_stop

write = outbox._write_attempt
def write_and_stop(*arguments):
    write(*arguments)
    reached("inside the settlement")
outbox._write_attempt = write_and_stop

reached("before the claim")
(claim,) = outbox.claim(engine, now=NOW)
reached("after the claim")
outbox.stamp(engine, claim.delivery_id, claim.attempt_no, now=NOW)
reached("after the stamp")
(folder / "sent").write_bytes(claim.body)
reached("after the bytes left")
outbox.settle(
    engine, claim.delivery_id, claim.attempt_no, DeliveryOutcome.ACCEPTED, receipt=Receipt(), due_at=None, now=NOW
)
reached("after the settlement")
"""

_NOT_STARTED = (CdrState.READY, 0, [])
_UNKNOWN = (CdrState.UNKNOWN, 1, [DeliveryOutcome.UNKNOWN])
_POINTS = {
    "before the claim": _NOT_STARTED,
    "inside the claim": _NOT_STARTED,
    "after the claim": _UNKNOWN,
    "after the stamp": _UNKNOWN,
    "after the bytes left": _UNKNOWN,
    "inside the settlement": _UNKNOWN,
    "after the settlement": (CdrState.ACCEPTED, 1, [DeliveryOutcome.ACCEPTED]),
}
_SENT = {"after the bytes left", "inside the settlement", "after the settlement"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with one delivery that is due."""
    with closing_database(tmp_path) as engine:
        with_delivery(engine)
        engine.dispose()
        yield engine


def _kill_at(point: str, folder: Path) -> None:
    """Start a worker and kill it, without any chance to tidy up, when it has come to the point."""
    child = subprocess.Popen([sys.executable, "-c", _WORKER, str(folder), point], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    reached = child.stdout.readline()
    child.kill()
    child.communicate(timeout=60)
    assert (reached, child.returncode) == (f"{point}\n", -signal.SIGKILL)


@pytest.mark.parametrize("point", _POINTS)
def test_a_killed_worker_leaves_a_delivery_that_was_sent_once_or_is_unknown(
    engine: Engine, tmp_path: Path, point: str
) -> None:
    """Killed at any commit boundary, the new start finds what was certain and makes the rest unknown.

    And a year later nothing that may have been sent can be claimed: only what never was.
    """
    _kill_at(point, tmp_path)
    left = outbox.recover(engine, now=NOW)
    with opening(engine)() as store:
        (delivery,) = store.get_cdr(CPO, "CDR-1").deliveries
    assert _POINTS[point] == (delivery.state, delivery.attempt_no, [one.outcome for one in delivery.attempts])
    assert left == (("d-1",) if delivery.state is CdrState.UNKNOWN else ())
    assert (point in _SENT) == (tmp_path / "sent").exists()
    claims = outbox.claim(engine, now=NOW + timedelta(days=365))
    expected = [(1, BODY)] if _POINTS[point] is _NOT_STARTED else []
    assert expected == [(claim.attempt_no, claim.body) for claim in claims]


@pytest.mark.parametrize("point", ["inside the claim", "inside the settlement"])
def test_the_file_is_whole_after_a_kill_inside_a_transaction(engine: Engine, tmp_path: Path, point: str) -> None:
    """The rollback journal takes a half-written transaction back; SQLite's own check finds nothing."""
    _kill_at(point, tmp_path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
