"""Alembic runs this file for every command; `upgrade.py` hands it the connection, or the dialect to write SQL for."""

from __future__ import annotations

from alembic import context

from cdr_service.persistence.tables import Base

_connection = context.config.attributes.get("connection")
if _connection is None:
    context.configure(dialect_name=context.config.attributes["dialect"], as_sql=True, target_metadata=Base.metadata)
else:
    context.configure(connection=_connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
