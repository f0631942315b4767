"""A country may be without a name."""

from __future__ import annotations

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.alter_column("countries", "name", nullable=True)


def downgrade() -> None:
    op.alter_column("countries", "name", nullable=False)
