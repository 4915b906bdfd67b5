"""The database itself refuses to change what was signed, frozen, billed or sent.

A mistake of ours, or a hand in the database, ends in an error and not in other evidence.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

#: Rows that are written once: neither UPDATE nor DELETE.
_APPEND_ONLY = (
    "tariff_version",
    "meter_key",
    "signed_payload",
    "session_event",
    "signed_record",
    "payload_verification",
    "delivery_attempt",
)
#: Columns that never change, of rows whose other columns do.
_FROZEN = {
    "authorization": ("id", "tariff_sha256", "tariff_json", "time_zone", "taken_at", "reason"),
    "cdr": (
        "key",
        "country_code",
        "party_id",
        "cdr_id",
        "session_key",
        "credit",
        "body",
        "sha256",
        "start_date_time",
        "end_date_time",
        "last_updated",
        "currency",
        "total_cost_excl_vat",
        "total_cost_incl_vat",
        "total_fixed_cost_excl_vat",
        "total_fixed_cost_incl_vat",
        "total_energy_cost_excl_vat",
        "total_energy_cost_incl_vat",
        "total_time_cost_excl_vat",
        "total_time_cost_incl_vat",
        "total_parking_cost_excl_vat",
        "total_parking_cost_incl_vat",
        "total_energy",
        "total_time",
        "total_parking_time",
        "created_at",
    ),
}
#: Rows that stay for as long as the database does, beside the append-only ones.
_KEPT = ("cdr",)

_POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation',
        MESSAGE = TG_OP || ' of ' || TG_TABLE_NAME || ' is refused: the row is evidence';
END
$$
"""


def upgrade() -> None:
    """Create the triggers."""
    if _on_postgresql():
        op.execute(_POSTGRESQL_FUNCTION)
    for table in _APPEND_ONLY:
        _refuse(table, "UPDATE")
    for table, columns in _FROZEN.items():
        _refuse(table, "UPDATE", " OF " + ", ".join(columns))
    for table in (*_APPEND_ONLY, *_KEPT):
        _refuse(table, "DELETE")
        if _on_postgresql():
            _refuse(table, "TRUNCATE", each="STATEMENT")


def _refuse(table: str, event: str, columns: str = "", *, each: str = "ROW") -> None:
    """Make one event on one table an error."""
    head = f'CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event}{columns} ON "{table}" FOR EACH {each} '
    if _on_postgresql():
        op.execute(head + "EXECUTE FUNCTION refuse_change()")
    else:
        op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{event} of {table} is refused: the row is evidence'); END")


def _on_postgresql() -> bool:
    """Which of the two languages of triggers to speak."""
    return op.get_context().dialect.name == "postgresql"
