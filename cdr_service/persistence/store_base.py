"""What all parts of the store share: the session of one transaction, and the reader of frozen tariffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event, literal, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from cdr_service.persistence.mapping import ReadTariff
    from cdr_service.persistence.tables import Base


class StoreBase:
    """One transaction's view of the database."""

    def __init__(self, session: Session, read_tariff: ReadTariff) -> None:
        """Work inside the transaction of `session`; the caller ends it."""
        self._session = session
        self._read_tariff = read_tariff

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this once the transaction is committed, and never if it is rolled back."""
        event.listen(self._session, "after_commit", lambda _session: call(), once=True)

    def ping(self) -> None:
        """Ask the database for nothing; raises when it does not answer."""
        self._session.execute(select(literal(1)))

    def _add(self, row: Base) -> None:
        """Write a row now, so that the database's refusal is raised where its cause is."""
        self._session.add(row)
        self._session.flush()
