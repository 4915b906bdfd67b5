"""What is told beside a verdict and a rejection, and the way from a session to its CDR.

Of judgements from before no warnings are written down, of attempts from before no words of the partner.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns to `payload_verification` and `delivery_attempt`, and the index of `cdr`."""
    op.add_column("payload_verification", sa.Column("warnings", sa.Text(), nullable=True))
    op.add_column("delivery_attempt", sa.Column("status_message", sa.Text(), nullable=True))
    op.create_index(op.f("ix_cdr_session_key"), "cdr", ["session_key"], unique=False)
