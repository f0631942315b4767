"""Orders, in euro until somebody decides otherwise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4b1d0c7e92a5"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("currency", sa.String(3), server_default="EUR", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("orders")
