"""Opens the database with the settings that make a commit a commit.

SQLite before 3.51.3 can corrupt a WAL database when two connections checkpoint at once (sqlite.org/wal.html,
"the WAL-reset bug"), so there the rollback journal is used. Source: durability.md, section 1.6.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import ArgumentError

from cdr_service.domain.errors import StoreError
from cdr_service.persistence.codes import StoreCode

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: First SQLite whose write-ahead log is safe with several connections.
WAL_SAFE_SINCE = (3, 51, 3)
#: How long a writer waits for another one, in milliseconds.
BUSY_TIMEOUT_MS = 30_000


def journal_rule(version: tuple[int, ...]) -> tuple[str, str]:
    """The journal mode and the `synchronous` level for a version of SQLite; both survive a power cut."""
    return ("wal", "FULL") if version >= WAL_SAFE_SINCE else ("delete", "EXTRA")


def open_engine(url: str) -> Engine:
    """Open a database.

    Args:
        url: `sqlite:///<file>` or `postgresql+psycopg://...`.

    Returns:
        An engine whose transactions are durable; on SQLite each one takes the write lock at its begin, so that a
        transaction never fails half-way because another one wrote first.

    Raises:
        StoreError: STORE_FAILED, when no driver is installed for this database, or the URL cannot be read;
            JOURNAL_MODE, when the SQLite file refuses it (at the first connection).
    """
    # Parameters hold tokens' digests and personal data: they stand in no error message and no log.
    try:
        engine = create_engine(url, hide_parameters=True)
    except (ArgumentError, ImportError) as error:  # SQLAlchemy's own words could repeat the password of the URL
        raise StoreError(StoreCode.STORE_FAILED, "the database URL is wrong, or its driver is not installed") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    """Set up one new connection; the order matters: first wait for locks, then change the journal."""
    mode, synchronous = journal_rule(sqlite3.sqlite_version_info)
    # The driver's own transaction handling begins late and commits before DDL: switched off.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    answer = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
    if answer != mode:
        raise StoreError(StoreCode.JOURNAL_MODE, f"SQLite answers journal mode {answer!r} where {mode!r} is needed")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA mmap_size = 0")
    # Without this, INSERT OR REPLACE would delete a row without firing the trigger that forbids it.
    connection.execute("PRAGMA recursive_triggers = ON")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
