from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from re import compile as pattern
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from cdr_service.domain.errors import StoreError
from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.migrations.upgrade import alembic_config, migrate, write_sql
from cdr_service.persistence.tables import Base
from tests.unit.persistence.samples import closing_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_APPEND_ONLY = (
    "delivery_attempt",
    "meter_energy",
    "meter_key",
    "meter_location",
    "meter_page",
    "meter_session",
    "payload_verification",
    "session_event",
    "signed_payload",
    "signed_record",
    "tariff_version",
)
#: A comma that stands in no list of values or columns, the end of a line, the bracket around the whole, or the name of
#: a constraint that follows its column.
_BETWEEN_PARTS = pattern(r",(?![^(]*\))|\n|\)$|(?<=\S) (?=CONSTRAINT )")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with closing_database(tmp_path) as engine:
        yield engine


def _ddl(engine: Engine) -> dict[str, list[str]]:
    """The parts of the SQL of every table and index, without their order and white space.

    A column that a later step adds stands behind the first step's lines, with its CHECK in one part with it.
    """
    statement = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql NOT NULL"
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(statement).all()
    return {
        name: sorted(part.strip(" ,\t") for part in _BETWEEN_PARTS.split(sql) if part.strip(" ,\t"))
        for name, sql in rows
        if name != "alembic_version"
    }


# Neither library can reflect such an index; the test after this one compares its text.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_steps_make_the_tables_of_the_models(engine: Engine) -> None:
    """Alembic's own comparison finds nothing to add, change or remove."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_steps_make_the_checks_and_partial_indexes_of_the_models(engine: Engine, tmp_path: Path) -> None:
    """What Alembic does not compare, CHECKs and WHEREs of indexes, is the same text too."""
    models = open_engine(f"sqlite:///{tmp_path / 'models.sqlite'}")
    Base.metadata.create_all(models)
    expected = _ddl(models)
    models.dispose()
    assert expected == _ddl(engine)


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    """Every start may migrate."""
    before = _ddl(engine)
    migrate(engine)
    assert before == _ddl(engine)


def test_two_upgrades_at_once_are_one(tmp_path: Path) -> None:
    """The second one waits for the first and finds nothing to do."""
    engines = [open_engine(f"sqlite:///{tmp_path / 'both.sqlite'}") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(migrate, engines)) == [None, None]
    with engines[0].connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").all() == [("0007",)]
    for engine in engines:
        engine.dispose()


def test_keys_from_before_there_were_parties_are_meters(tmp_path: Path) -> None:
    """A row of step 0005 stays as it is, although its table refuses changes, and counts as a meter's."""
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.exec_driver_sql(
            "INSERT INTO meter_key (serial, name, revision, spki_der, fingerprint, source, time_tariff, created_at)"
            " VALUES ('1EMH', 'main', 1, x'00', 'sha256:aa', 'nameplate', 'allowed', '2026-01-01')"
        )
    migrate(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT serial, signer_kind, certificate_der FROM meter_key").all()
    assert rows == [("1EMH", "meter", None)]
    engine.dispose()


def test_an_upgrade_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """All steps are one transaction: a table in the way of the last step takes the first ones back."""
    engine = open_engine(f"sqlite:///{tmp_path / 'torn.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE delivery_attempt (in_the_way INTEGER)")
    with pytest.raises(StoreError, match="STORE_FAILED"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["delivery_attempt"]
    engine.dispose()


def test_all_tables_compile_for_postgresql() -> None:
    """Types, CHECKs and partial indexes have a PostgreSQL spelling; no REAL, DOUBLE or FLOAT is among them."""
    dialect = postgresql.dialect()
    ddl = [str(CreateTable(table).compile(dialect=dialect)) for table in Base.metadata.sorted_tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in Base.metadata.sorted_tables
        for index in table.indexes
    ]
    text = "\n".join(ddl + indexes)
    assert "total_energy NUMERIC" in text
    assert "body BYTEA" in text
    assert "ON cdr (session_key) WHERE NOT credit AND replaced_by IS NULL" in text
    assert not {"REAL", "FLOAT", "DOUBLE", "DATETIME"} & set(text.replace(",", " ").split())


def test_the_steps_write_sql_for_postgresql() -> None:
    """The steps run without a database, with triggers in PostgreSQL's language for all that must not change."""
    output = StringIO()
    write_sql("postgresql", output)
    sql = output.getvalue()
    assert "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql" in sql
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            name = f"{table}_no_{event.lower()}"
            assert f'CREATE TRIGGER {name} BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE' in sql
        assert f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT' in sql
    assert "BEFORE UPDATE OF key, country_code, party_id, cdr_id, session_key, credit, body, sha256" in sql
    assert "RAISE(ABORT" not in sql
