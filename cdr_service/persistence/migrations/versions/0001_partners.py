"""Partners, their endpoints and tokens, and the operator's API keys.

Generated from the tables of that day, and frozen: a later change is a later step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cdr_service.persistence.types import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _counterparty()
    _counterparty_role()
    _endpoint()
    _credential_accepted()
    _credential_sent()
    _api_key()


def _counterparty() -> None:
    """Create `counterparty`."""
    op.create_table(
        "counterparty",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("versions_url", sa.Text(), nullable=False),
        sa.Column("allowed_hosts", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("profile_fields", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('invited', 'discovered', 'posted', 'registered')", name=op.f("ck_counterparty_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparty")),
        sa.UniqueConstraint("name", name=op.f("uq_counterparty_name")),
    )


def _counterparty_role() -> None:
    """Create `counterparty_role`."""
    op.create_table(
        "counterparty_role",
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counterparty_id"], ["counterparty.id"], name=op.f("fk_counterparty_role_counterparty_id")
        ),
        sa.PrimaryKeyConstraint("country_code", "party_id", name=op.f("pk_counterparty_role")),
    )
    op.create_index(
        op.f("ix_counterparty_role_counterparty_id"), "counterparty_role", ["counterparty_id"], unique=False
    )


def _endpoint() -> None:
    """Create `endpoint`."""
    op.create_table(
        "endpoint",
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('RECEIVER', 'SENDER')", name=op.f("ck_endpoint_role")),
        sa.ForeignKeyConstraint(["counterparty_id"], ["counterparty.id"], name=op.f("fk_endpoint_counterparty_id")),
        sa.PrimaryKeyConstraint("counterparty_id", "identifier", "role", name=op.f("pk_endpoint")),
    )


def _credential_accepted() -> None:
    """Create `credential_accepted`."""
    op.create_table(
        "credential_accepted",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("scope IN ('registration', 'full')", name=op.f("ck_credential_accepted_scope")),
        sa.ForeignKeyConstraint(
            ["counterparty_id"], ["counterparty.id"], name=op.f("fk_credential_accepted_counterparty_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_accepted")),
        sa.UniqueConstraint("sha256", name=op.f("uq_credential_accepted_sha256")),
    )
    op.create_index(
        op.f("ix_credential_accepted_counterparty_id"), "credential_accepted", ["counterparty_id"], unique=False
    )
    op.create_index(op.f("ix_credential_accepted_prefix"), "credential_accepted", ["prefix"], unique=False)


def _credential_sent() -> None:
    """Create `credential_sent`."""
    op.create_table(
        "credential_sent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counterparty_id"], ["counterparty.id"], name=op.f("fk_credential_sent_counterparty_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_sent")),
        sa.UniqueConstraint("key_id", "nonce", name=op.f("uq_credential_sent_key_id_nonce")),
    )
    op.create_index(
        "uq_credential_sent_current",
        "credential_sent",
        ["counterparty_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _api_key() -> None:
    """Create `api_key`."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_key_sha256")),
    )
    op.create_index(op.f("ix_api_key_prefix"), "api_key", ["prefix"], unique=False)
