"""Triggers that refuse changes, in both languages; steps from 0005 on use them."""

from __future__ import annotations

from alembic import op


def refuse_changes(table: str) -> None:
    """Make UPDATE and DELETE of a table's rows an error, as `0004_immutability.py` does for the tables before it.

    Args:
        table: whose rows are written once. On PostgreSQL the function `refuse_change` of step 0004 answers.
    """
    for event in ("UPDATE", "DELETE"):
        _refuse(table, event)
    if _on_postgresql():
        _refuse(table, "TRUNCATE", each="STATEMENT")


def _refuse(table: str, event: str, *, each: str = "ROW") -> None:
    head = f'CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON "{table}" FOR EACH {each} '
    if _on_postgresql():
        op.execute(head + "EXECUTE FUNCTION refuse_change()")
    else:
        op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{event} of {table} is refused: the row is evidence'); END")


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
