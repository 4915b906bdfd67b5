"""Brings a database to the newest tables, whole or not at all; Alembic is configured here and not in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from cdr_service.persistence.unit_of_work import as_store_errors

if TYPE_CHECKING:
    from io import StringIO

    from sqlalchemy import Engine

#: PostgreSQL's advisory lock of this program's migrations; any constant will do ("eich" in ASCII).
_LOCK = 0x65696368


def migrate(engine: Engine) -> None:
    """Upgrade the database to the newest step; twice at once is as good as once.

    All steps run in one transaction. On SQLite its begin takes the write lock, on PostgreSQL an advisory lock is
    taken, so that a second process waits and then finds nothing to do.

    Raises:
        StoreError: the database refused a step; nothing of the upgrade is left.
    """
    with as_store_errors(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def write_sql(dialect: str, output: StringIO) -> None:
    """Write the SQL of all steps without any database, for an administrator to read.

    Args:
        dialect: `sqlite` or `postgresql`.
        output: takes the text.
    """
    config = alembic_config(output)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)


def alembic_config(output: StringIO | None = None) -> Config:
    """Where the steps are; there is no alembic.ini."""
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
