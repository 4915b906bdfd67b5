"""The port to the engine that makes delivery attempts happen: `enqueue`, `work`, `recover`.

The truth of every delivery is its row (`persistence.outbox`); an engine only says when to look. So an engine may lose
everything it knows, and nothing is lost. The one here is a plain loop that makes one attempt after the other. It
receives the attempt as a callable and knows nothing of OCPI.
"""

from __future__ import annotations

import logging
from threading import Event
from typing import TYPE_CHECKING, Protocol

from cdr_service.domain.errors import StoreError
from cdr_service.persistence import outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Engine

    from cdr_service.persistence.outbox import Claim
    from cdr_service.persistence.store import Store

_LOG = logging.getLogger(__name__)

#: How long the loop sleeps when nothing wakes it, in seconds: the longest wait of a delivery that another process
#: queued, or whose back-off is over.
POLL_SECONDS = 1.0


class Dispatch(Protocol):
    """What the rest of the program knows of an engine."""

    def enqueue(self, store: Store, delivery_id: str) -> None:
        """Have this delivery attempted when it is due, if the transaction that wrote it is committed."""

    def work(self, stop: Event) -> None:
        """Make attempts until `stop` is set."""

    def recover(self) -> tuple[str, ...]:
        """Set right what a dead process left; before `work`. Returns the ids of the deliveries now unknown."""


class LoopDispatch:
    """The plain loop: one attempt at a time, in the order in which deliveries are due."""

    def __init__(
        self,
        engine: Engine,
        attempt: Callable[[Claim], None],
        clock: Callable[[], datetime],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """Make attempts with `attempt`, which stamps, sends and settles the claim it is given."""
        self._engine = engine
        self._attempt = attempt
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._wake = Event()
        #: Claims whose end is not yet written; more than one only while the database fails.
        self._open: list[Claim] = []

    def enqueue(self, store: Store, delivery_id: str) -> None:
        """Wake the loop when the transaction is committed; the delivery's row is all there is to queue."""

        def wake() -> None:
            _LOG.info("delivery_queued delivery_id=%s", delivery_id)
            self._wake.set()

        store.after_commit(wake)

    def recover(self) -> tuple[str, ...]:
        """Make unknown what a dead process left in `submitting`."""
        left = outbox.recover(self._engine, now=self._clock())
        for delivery_id in left:
            _LOG.warning("delivery_unknown_after_restart delivery_id=%s", delivery_id)
        return left

    def work(self, stop: Event) -> None:
        """Make attempts until `stop` is set; a database that fails is asked again later."""
        while not stop.is_set():
            self._wake.clear()
            try:
                busy = self.work_once()
            except StoreError:
                _LOG.exception("dispatch_store_failed")
                busy = False
            if not busy:
                self._wake.wait(self._poll_seconds)

    def work_once(self) -> bool:
        """Make one attempt, if a delivery is due.

        Returns:
            Whether there was one.

        Raises:
            StoreError: the database failed; an attempt that was made meanwhile is closed by the next call.
        """
        self._close_open()
        # One at a time: whatever is claimed when the process dies becomes unknown, sent or not.
        self._open.extend(outbox.claim(self._engine, now=self._clock(), limit=1))
        if not self._open:
            return False
        self._make(self._open[0])
        self._close_open()
        return True

    def _make(self, claim: Claim) -> None:
        """Make one attempt; nothing that goes wrong in it may end the loop."""
        try:
            self._attempt(claim)
        except Exception:  # noqa: BLE001  # the end of the attempt is decided below, whatever it was
            _LOG.exception("attempt_failed delivery_id=%s attempt_no=%d", claim.delivery_id, claim.attempt_no)

    def _close_open(self) -> None:
        """Make unknown every attempt that ended without being settled: it may have been sent."""
        while self._open:
            claim = self._open[0]
            if outbox.abandon(self._engine, claim.delivery_id, claim.attempt_no, now=self._clock()):
                _LOG.error("attempt_unsettled delivery_id=%s attempt_no=%d", claim.delivery_id, claim.attempt_no)
            self._open.pop(0)
