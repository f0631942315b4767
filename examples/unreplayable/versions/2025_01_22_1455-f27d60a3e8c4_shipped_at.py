"""shipped at

Revision ID: f27d60a3e8c4
Revises: c8e15b07d92a
Create Date: 2025-01-22 14:55:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f27d60a3e8c4"
down_revision: str | Sequence[str] | None = "c8e15b07d92a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "shipped_at")
