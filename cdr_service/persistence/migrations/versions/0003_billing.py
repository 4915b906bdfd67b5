"""CDRs and their way to the partner.

Generated from the tables of that day, and frozen: a later change is a later step.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from cdr_service.persistence.types import ExactDecimal, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    _cdr()
    _reconciliation()
    _cdr_finding()
    _delivery()
    _delivery_attempt()


def _cdr() -> None:
    """Create `cdr`."""
    op.create_table(
        "cdr",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("cdr_id", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        *_cdr_facts(),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("key = country_code || '*' || party_id || '*' || lower(cdr_id)", name=op.f("ck_cdr_key")),
        sa.CheckConstraint("state = 'blocked' OR (body IS NOT NULL AND sha256 IS NOT NULL)", name=op.f("ck_cdr_body")),
        sa.CheckConstraint(
            "state IN ('assembled', 'reconciled', 'blocked', 'credited', 'replaced', 'held')", name=op.f("ck_cdr_state")
        ),
        sa.ForeignKeyConstraint(["replaced_by"], ["cdr.key"], name=op.f("fk_cdr_replaced_by")),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_cdr_session_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cdr")),
    )
    op.create_index(
        "uq_cdr_session",
        "cdr",
        ["session_key"],
        unique=True,
        sqlite_where=sa.text("NOT credit AND replaced_by IS NULL"),
        postgresql_where=sa.text("NOT credit AND replaced_by IS NULL"),
    )


def _cdr_facts() -> tuple[sa.Column[Any], ...]:
    """What of a CDR's body also stands in columns, to be searched."""
    return (
        sa.Column("start_date_time", UtcDateTime(), nullable=True),
        sa.Column("end_date_time", UtcDateTime(), nullable=True),
        sa.Column("last_updated", UtcDateTime(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("total_cost_excl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_cost_incl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_fixed_cost_excl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_fixed_cost_incl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_energy_cost_excl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_energy_cost_incl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_time_cost_excl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_time_cost_incl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_parking_cost_excl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_parking_cost_incl_vat", ExactDecimal(), nullable=True),
        sa.Column("total_energy", ExactDecimal(), nullable=True),
        sa.Column("total_time", ExactDecimal(), nullable=True),
        sa.Column("total_parking_time", ExactDecimal(), nullable=True),
    )


def _reconciliation() -> None:
    """Create `reconciliation`."""
    op.create_table(
        "reconciliation",
        sa.Column("cdr_key", sa.Text(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cdr_key"], ["cdr.key"], name=op.f("fk_reconciliation_cdr_key")),
        sa.PrimaryKeyConstraint("cdr_key", name=op.f("pk_reconciliation")),
    )


def _cdr_finding() -> None:
    """Create `cdr_finding`."""
    op.create_table(
        "cdr_finding",
        sa.Column("cdr_key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cdr_key"], ["cdr.key"], name=op.f("fk_cdr_finding_cdr_key")),
        sa.PrimaryKeyConstraint("cdr_key", "seq", name=op.f("pk_cdr_finding")),
    )


def _delivery() -> None:
    """Create `delivery`."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cdr_key", sa.Text(), nullable=False),
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ready', 'submitting', 'unknown', 'checking', 'retry_wait', "
            "'accepted', 'rejected', 'held', 'conflict', 'expired')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(["cdr_key"], ["cdr.key"], name=op.f("fk_delivery_cdr_key")),
        sa.ForeignKeyConstraint(["counterparty_id"], ["counterparty.id"], name=op.f("fk_delivery_counterparty_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("cdr_key", "counterparty_id", name=op.f("uq_delivery_cdr_key_counterparty_id")),
        sa.UniqueConstraint("correlation_id", name=op.f("uq_delivery_correlation_id")),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('ready', 'retry_wait')"),
        postgresql_where=sa.text("state IN ('ready', 'retry_wait')"),
    )


def _delivery_attempt() -> None:
    """Create `delivery_attempt`."""
    op.create_table(
        "delivery_attempt",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("ocpi_status_code", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("answer_excerpt", sa.LargeBinary(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "seq", name=op.f("pk_delivery_attempt")),
    )
