"""Where a session's meter stands: a load profile often names the metering location and no meter.

Sessions that were closed before this step are not in it: none of their formats states a location.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cdr_service.persistence.migrations.triggers import refuse_changes
from cdr_service.persistence.types import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create `meter_location`, its triggers and its index."""
    op.create_table(
        "meter_location",
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_key"], ["meter_session.session_key"], name=op.f("fk_meter_location_session_key")
        ),
        sa.PrimaryKeyConstraint("session_key", name=op.f("pk_meter_location")),
    )
    op.create_index(op.f("ix_meter_location_location"), "meter_location", ["location"], unique=False)
    refuse_changes("meter_location")
