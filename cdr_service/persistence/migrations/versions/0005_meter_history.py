"""The meters' own counts, append-only, and the look-up of a meter's key by its EVSE.

Sessions that were closed before this step are not in the history: their registers stand in signed bytes, not in
columns. Their records still bill once, because `signed_record` has them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cdr_service.persistence.migrations.triggers import refuse_changes
from cdr_service.persistence.types import SortableDecimal, UtcDateTime

revision = "0005"
down_revision = "0004"

_HOLDS_ENERGY = sa.text("begin_kwh < end_kwh")


def upgrade() -> None:
    """Create the tables, their triggers and the index."""
    _meter_page()
    _meter_session()
    _meter_energy()
    for table in ("meter_page", "meter_session", "meter_energy"):
        refuse_changes(table)
    op.create_index("ix_meter_key_evse_uid", "meter_key", [sa.text("lower(evse_uid)")])


def _meter_page() -> None:
    """Create `meter_page`."""
    op.create_table(
        "meter_page",
        sa.Column("signed_sha256", sa.Text(), nullable=False),
        sa.Column("number", SortableDecimal(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('T', 'F')", name=op.f("ck_meter_page_kind")),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_meter_page_session_key")),
        sa.PrimaryKeyConstraint("signed_sha256", "number", name=op.f("pk_meter_page")),
    )
    op.create_index(op.f("ix_meter_page_session_key"), "meter_page", ["session_key"], unique=False)
    op.create_index("ix_meter_page_meter", "meter_page", ["meter", "key_fingerprint", "kind", "number"])
    op.create_index("ix_meter_page_count", "meter_page", ["key_fingerprint", "kind", "number"])


def _meter_session() -> None:
    """Create `meter_session`."""
    op.create_table(
        "meter_session",
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("first_number", SortableDecimal(), nullable=True),
        sa.Column("last_number", SortableDecimal(), nullable=True),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("clock_is_signed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('T', 'F')", name=op.f("ck_meter_session_kind")),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_meter_session_session_key")),
        sa.PrimaryKeyConstraint("session_key", name=op.f("pk_meter_session")),
    )
    op.create_index("ix_meter_session_count", "meter_session", ["meter", "key_fingerprint", "kind", "first_number"])
    op.create_index("ix_meter_session_begin", "meter_session", ["meter", "key_fingerprint", "begins_at"])
    op.create_index("ix_meter_session_end", "meter_session", ["meter", "key_fingerprint", "ends_at"])
    op.create_index("ix_meter_session_key", "meter_session", ["key_fingerprint", "ends_at"])


def _meter_energy() -> None:
    """Create `meter_energy`."""
    op.create_table(
        "meter_energy",
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=False),
        sa.Column("begin_kwh", SortableDecimal(), nullable=False),
        sa.Column("end_kwh", SortableDecimal(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_key"], ["meter_session.session_key"], name=op.f("fk_meter_energy_session_key")
        ),
        sa.PrimaryKeyConstraint("session_key", "register", name=op.f("pk_meter_energy")),
    )
    op.create_index(
        "ix_meter_energy_stretch",
        "meter_energy",
        ["meter", "key_fingerprint", "register", "begin_kwh"],
        sqlite_where=_HOLDS_ENERGY,
        postgresql_where=_HOLDS_ENERGY,
    )
