"""A phone number, which production was given by hand."""

from __future__ import annotations

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN IF NOT EXISTS phone text")


def downgrade() -> None:
    op.drop_column("customers", "phone")
