"""currency

Revision ID: c8e15b07d92a
Revises: 3a90d4f6b1e7
Create Date: 2024-05-07 10:10:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c8e15b07d92a"
down_revision: str | Sequence[str] | None = "3a90d4f6b1e7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "orders", sa.Column("currency", sa.String(3), server_default="EUR", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("orders", "currency")
