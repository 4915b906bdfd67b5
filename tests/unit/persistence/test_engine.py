from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cdr_service.domain.errors import ConflictError, StoreError
from cdr_service.persistence.engine import journal_rule, open_engine
from cdr_service.persistence.records import ApiKey
from cdr_service.persistence.unit_of_work import as_store_errors
from tests.unit.persistence.samples import NOW, closing_database, counterparty, opening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with closing_database(tmp_path) as engine:
        yield engine


@pytest.mark.parametrize(
    ("version", "rule"),
    [
        ((3, 40, 1), ("delete", "EXTRA")),
        ((3, 51, 2), ("delete", "EXTRA")),
        ((3, 51, 3), ("wal", "FULL")),
        ((3, 52, 0), ("wal", "FULL")),
    ],
)
def test_the_write_ahead_log_is_used_only_where_it_is_safe(version: tuple[int, ...], rule: tuple[str, str]) -> None:
    """SQLite before 3.51.3 can corrupt a WAL database with two connections (durability.md, 1.6)."""
    assert rule == journal_rule(version)


def test_a_connection_has_the_settings_of_the_rule(engine: Engine) -> None:
    """Journal, synchronous, foreign keys, waiting and triggers on REPLACE are set on every connection."""
    mode, level = journal_rule(sqlite3.sqlite_version_info)
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "recursive_triggers", "mmap_size")
    with engine.connect() as connection:
        found = tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)
    assert (mode, {"EXTRA": 3, "FULL": 2}[level], 1, 30_000, 1, 0) == found


def test_a_transaction_holds_the_write_lock_from_its_begin(engine: Engine, tmp_path: Path) -> None:
    """Whoever begins first writes; the other one waits and never fails half-way."""
    with engine.begin():
        other = sqlite3.connect(tmp_path / "eichwerk.sqlite", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_row_without_its_parent_is_refused(engine: Engine) -> None:
    """Foreign keys hold on SQLite too, and the refusal is a StoreError."""
    with pytest.raises(StoreError, match="FOREIGN KEY"), as_store_errors(), engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO counterparty_role (country_code, party_id, counterparty_id, roles, created_at) "
                "VALUES ('NL', 'TNM', 'nobody', '[]', '2026')"
            )
        )


def test_an_exception_rolls_everything_back(engine: Engine) -> None:
    """What was written before an error in the same transaction is not there afterwards."""

    def write_and_fail() -> None:
        with opening(engine)() as store:
            store.add_counterparty(counterparty(), now=NOW)
            raise RuntimeError("after the insert")

    with pytest.raises(RuntimeError, match="after the insert"):
        write_and_fail()
    with opening(engine)() as store:
        assert store.list_counterparties() == ()


def test_a_second_row_under_a_key_is_a_conflict_without_its_values(engine: Engine) -> None:
    """A digest of a token stands neither in the message nor in the database library's own error."""
    one, other = (ApiKey(id=key_id, prefix="12345678", sha256="d1gest", role="admin") for key_id in ("k-1", "k-2"))
    with opening(engine)() as store:
        store.add_api_key(one, now=NOW)
    with pytest.raises(ConflictError) as caught, opening(engine)() as store:
        store.add_api_key(other, now=NOW)
    assert caught.value.code == "UNIQUE_VIOLATED"
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert "d1gest" not in f"{caught.value} {caught.value.__cause__}"


def test_a_database_that_cannot_is_a_store_error(engine: Engine) -> None:
    """No exception of the database library leaves the package."""
    with (
        pytest.raises(StoreError, match="STORE_FAILED: no such table"),
        as_store_errors(),
        engine.begin() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM no_such_table")


@pytest.mark.parametrize(
    "url", ["user:geheim@host", "nobody://user:geheim@host/x", "sqlite+nothing://user:geheim@host/x"]
)
def test_a_database_without_driver_is_a_store_error(url: str) -> None:
    """A URL that nothing can open is told without its password."""
    with pytest.raises(StoreError, match="STORE_FAILED") as refusal:
        open_engine(url)
    assert "geheim" not in str(refusal.value)


def test_a_callback_waits_for_the_commit(engine: Engine) -> None:
    """What is to happen after the commit happens once after it, and never after a rollback."""
    calls: list[str] = []

    def fail() -> None:
        with opening(engine)() as store:
            store.after_commit(lambda: calls.append("rolled back"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with opening(engine)() as store:
        store.after_commit(lambda: calls.append("committed"))
        assert calls == []
    assert calls == ["committed"]
