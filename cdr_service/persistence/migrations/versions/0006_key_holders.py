"""Whose key a registered key is, the certificate that it was registered with, and who signed a value.

Every key of before is a meter's: nothing else could be registered. Of judgements from before nothing is written down.
The rows themselves stay as they are, so that the triggers of step 0004 have nothing to refuse.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

#: In words that SQLite and PostgreSQL share; Alembic would add the CHECK in a statement that SQLite does not know.
_KEY_HOLDER = (
    "ALTER TABLE meter_key ADD COLUMN signer_kind TEXT DEFAULT 'meter' NOT NULL "
    "CONSTRAINT ck_meter_key_signer_kind CHECK (signer_kind IN ('meter', 'party'))"
)
_SIGNER = (
    "ALTER TABLE payload_verification ADD COLUMN signer_kind TEXT "
    "CONSTRAINT ck_payload_verification_signer_kind CHECK (signer_kind IN ('meter', 'party', 'unknown'))"
)


def upgrade() -> None:
    """Add the columns to `meter_key` and `payload_verification`."""
    op.execute(_KEY_HOLDER)
    op.add_column("meter_key", sa.Column("certificate_der", sa.LargeBinary(), nullable=True))
    op.execute(_SIGNER)
