"""Whose key a registered key is, and the certificate that it was registered with.

Every key of before is a meter's: nothing else could be registered. The rows themselves stay as they are, so that the
triggers of step 0004 have nothing to refuse.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

#: In words that SQLite and PostgreSQL share; Alembic would add the CHECK in a statement that SQLite does not know.
_SIGNER_KIND = (
    "ALTER TABLE meter_key ADD COLUMN signer_kind TEXT DEFAULT 'meter' NOT NULL "
    "CONSTRAINT ck_meter_key_signer_kind CHECK (signer_kind IN ('meter', 'party'))"
)


def upgrade() -> None:
    """Add the two columns to `meter_key`."""
    op.execute(_SIGNER_KIND)
    op.add_column("meter_key", sa.Column("certificate_der", sa.LargeBinary(), nullable=True))
