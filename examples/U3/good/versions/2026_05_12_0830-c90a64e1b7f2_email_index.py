"""The index that production was given by hand."""

from __future__ import annotations

from alembic import op

revision = "c90a64e1b7f2"
down_revision = "8e27f5a3c1d0"


def upgrade() -> None:
    op.create_index("idx_customers_email", "customers", ["email"], if_not_exists=True)


def downgrade() -> None:
    raise NotImplementedError("production had the index before this revision")
