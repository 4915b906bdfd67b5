"""Places, tariffs, meter keys, permissions, sessions, and the signed bytes.

Generated from the tables of that day, and frozen: a later change is a later step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cdr_service.persistence.types import ExactDecimal, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    _location()
    _tariff_version()
    _tariff()
    _tariff_push()
    _meter_key()
    _authorization()
    _charging_session()
    _signed_payload()
    _session_event()
    _signed_record()
    _payload_verification()
    _session_finding()


def _location() -> None:
    """Create `location`."""
    op.create_table(
        "location",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("canonical_json", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "key = country_code || '*' || party_id || '*' || lower(location_id)", name=op.f("ck_location_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_location")),
    )


def _tariff_version() -> None:
    """Create `tariff_version`."""
    op.create_table(
        "tariff_version",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("tariff_key", sa.Text(), nullable=False),
        sa.Column("canonical_json", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_tariff_version")),
    )
    op.create_index(op.f("ix_tariff_version_tariff_key"), "tariff_version", ["tariff_key"], unique=False)


def _tariff() -> None:
    """Create `tariff`."""
    op.create_table(
        "tariff",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("tariff_id", sa.Text(), nullable=False),
        sa.Column("current_sha256", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "key = country_code || '*' || party_id || '*' || lower(tariff_id)", name=op.f("ck_tariff_key")
        ),
        sa.ForeignKeyConstraint(["current_sha256"], ["tariff_version.sha256"], name=op.f("fk_tariff_current_sha256")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tariff")),
    )


def _tariff_push() -> None:
    """Create `tariff_push`."""
    op.create_table(
        "tariff_push",
        sa.Column("counterparty_id", sa.Text(), nullable=False),
        sa.Column("tariff_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'accepted', 'rejected', 'failed')", name=op.f("ck_tariff_push_state")),
        sa.ForeignKeyConstraint(["counterparty_id"], ["counterparty.id"], name=op.f("fk_tariff_push_counterparty_id")),
        sa.ForeignKeyConstraint(["sha256"], ["tariff_version.sha256"], name=op.f("fk_tariff_push_sha256")),
        sa.ForeignKeyConstraint(["tariff_key"], ["tariff.key"], name=op.f("fk_tariff_push_tariff_key")),
        sa.PrimaryKeyConstraint("counterparty_id", "tariff_key", name=op.f("pk_tariff_push")),
    )


def _meter_key() -> None:
    """Create `meter_key`."""
    op.create_table(
        "meter_key",
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spki_der", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("evse_uid", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time_tariff", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("source IN ('nameplate', 'bnetza', 'ocpp', 'other')", name=op.f("ck_meter_key_source")),
        sa.CheckConstraint("time_tariff IN ('forbidden', 'allowed')", name=op.f("ck_meter_key_time_tariff")),
        sa.PrimaryKeyConstraint("serial", "name", "revision", name=op.f("pk_meter_key")),
    )
    op.create_index(op.f("ix_meter_key_fingerprint"), "meter_key", ["fingerprint"], unique=False)


def _authorization() -> None:
    """Create `authorization`."""
    op.create_table(
        "authorization",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_country_code", sa.Text(), nullable=False),
        sa.Column("token_party_id", sa.Text(), nullable=False),
        sa.Column("token_uid", sa.Text(), nullable=False),
        sa.Column("token_type", sa.Text(), nullable=False),
        sa.Column("token_contract_id", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("auth_method", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Text(), nullable=False),
        sa.Column("authorization_reference", sa.Text(), nullable=True),
        sa.Column("tariff_sha256", sa.Text(), nullable=False),
        sa.Column("tariff_json", sa.LargeBinary(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "allowed IN ('ALLOWED', 'BLOCKED', 'EXPIRED', 'NO_CREDIT', 'NOT_ALLOWED')",
            name=op.f("ck_authorization_allowed"),
        ),
        sa.CheckConstraint(
            "auth_method IN ('AUTH_REQUEST', 'COMMAND', 'WHITELIST')", name=op.f("ck_authorization_auth_method")
        ),
        sa.CheckConstraint("reason IN ('authorization', 'start')", name=op.f("ck_authorization_reason")),
        sa.CheckConstraint(
            "token_type IN ('AD_HOC_USER', 'APP_USER', 'OTHER', 'RFID')", name=op.f("ck_authorization_token_type")
        ),
        sa.ForeignKeyConstraint(
            ["tariff_sha256"], ["tariff_version.sha256"], name=op.f("fk_authorization_tariff_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization")),
    )


def _charging_session() -> None:
    """Create `charging_session`."""
    op.create_table(
        "charging_session",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("authorization_id", sa.Text(), nullable=False),
        sa.Column("start_date_time", UtcDateTime(), nullable=False),
        sa.Column("end_date_time", UtcDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "key = country_code || '*' || party_id || '*' || lower(session_id)", name=op.f("ck_charging_session_key")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'awaiting_signed_end', 'not_billable', 'closed')", name=op.f("ck_charging_session_state")
        ),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["authorization.id"], name=op.f("fk_charging_session_authorization_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_charging_session")),
    )
    op.create_index(
        op.f("ix_charging_session_authorization_id"), "charging_session", ["authorization_id"], unique=False
    )


def _signed_payload() -> None:
    """Create `signed_payload`."""
    op.create_table(
        "signed_payload",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_signed_payload_session_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_payload")),
        sa.UniqueConstraint("session_key", "sha256", name=op.f("uq_signed_payload_session_key_sha256")),
    )


def _session_event() -> None:
    """Create `session_event`."""
    op.create_table(
        "session_event",
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("payload_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("type IN ('signed_value', 'state')", name=op.f("ck_session_event_type")),
        sa.ForeignKeyConstraint(["payload_id"], ["signed_payload.id"], name=op.f("fk_session_event_payload_id")),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_session_event_session_key")),
        sa.PrimaryKeyConstraint("session_key", "seq", name=op.f("pk_session_event")),
    )


def _signed_record() -> None:
    """Create `signed_record`."""
    op.create_table(
        "signed_record",
        sa.Column("payload_id", sa.Text(), nullable=False),
        sa.Column("value_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("signed_sha256", sa.Text(), nullable=False),
        sa.Column("meter_id", sa.Text(), nullable=True),
        sa.Column("pagination_kind", sa.Text(), nullable=True),
        sa.Column("pagination_number", ExactDecimal(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payload_id"], ["signed_payload.id"], name=op.f("fk_signed_record_payload_id")),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_signed_record_session_key")),
        sa.PrimaryKeyConstraint("payload_id", "value_index", name=op.f("pk_signed_record")),
        sa.UniqueConstraint("signed_sha256", "session_key", name=op.f("uq_signed_record_signed_sha256_session_key")),
    )
    op.create_index("ix_signed_record_meter_id", "signed_record", ["meter_id"], unique=False)


def _payload_verification() -> None:
    """Create `payload_verification`."""
    op.create_table(
        "payload_verification",
        sa.Column("payload_id", sa.Text(), nullable=False),
        sa.Column("value_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=True),
        sa.Column("program_version", sa.Text(), nullable=False),
        sa.Column("judged_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payload_id"], ["signed_payload.id"], name=op.f("fk_payload_verification_payload_id")),
        sa.PrimaryKeyConstraint("payload_id", "value_index", "run", name=op.f("pk_payload_verification")),
    )


def _session_finding() -> None:
    """Create `session_finding`."""
    op.create_table(
        "session_finding",
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_key"], ["charging_session.key"], name=op.f("fk_session_finding_session_key")),
        sa.PrimaryKeyConstraint("session_key", "seq", name=op.f("pk_session_finding")),
    )
