"""One use case, one transaction: everything is written or nothing is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Session

from cdr_service.domain.errors import ConflictError, StoreError
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from cdr_service.persistence.mapping import ReadTariff

#: What the two databases call a second row under a unique key: SQLite's names, PostgreSQL's SQLSTATE.
_UNIQUE_VIOLATIONS = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"})


@contextmanager
def transaction(engine: Engine, read_tariff: ReadTariff) -> Iterator[Store]:
    """Open a transaction, commit it at the end of the block, roll it back on any exception.

    Args:
        engine: from `open_engine`.
        read_tariff: reads the canonical JSON of an OCPI Tariff.

    Yields:
        The store of this transaction; it is of no use afterwards.

    Raises:
        ConflictError: UNIQUE_VIOLATED: somebody else wrote an object of this key.
        StoreError: STORE_REFUSED: a rule of the tables is broken; STORE_FAILED: the database cannot.
    """
    with as_store_errors(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield Store(session, read_tariff)


@contextmanager
def as_store_errors() -> Iterator[None]:
    """Let no exception of the database library out; parameters stand in none of the messages."""
    try:
        yield
    except IntegrityError as exc:
        name = getattr(exc.orig, "sqlite_errorname", None) or getattr(exc.orig, "sqlstate", None)
        if name in _UNIQUE_VIOLATIONS:
            raise ConflictError(StoreCode.UNIQUE_VIOLATED, _said(exc)) from exc
        raise StoreError(StoreCode.STORE_REFUSED, _said(exc)) from exc
    except SQLAlchemyError as exc:
        raise StoreError(StoreCode.STORE_FAILED, _said(exc)) from exc


def _said(exc: SQLAlchemyError) -> str:
    """What the database said; only the first line, PostgreSQL's further ones hold values of the row."""
    cause = exc.orig if isinstance(exc, StatementError) else None
    return next(iter(str(cause or "").splitlines()), type(exc).__name__)
