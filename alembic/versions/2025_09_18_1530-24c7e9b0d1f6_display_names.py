"""display names

Users who gave no full name are shown as 'user 42'; an address is nobody's business.

Revision ID: 24c7e9b0d1f6
Revises: f0138d5a6e9c
Create Date: 2025-09-18 15:30:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "24c7e9b0d1f6"
down_revision: str | Sequence[str] | None = "f0138d5a6e9c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("display_name", sa.String(200), nullable=True))
    op.execute("UPDATE users SET display_name = coalesce(full_name, 'user ' || id)")
    with op.batch_alter_table("users") as users:
        users.alter_column("display_name", existing_type=sa.String(200), nullable=False)


def downgrade() -> None:
    op.drop_column("users", "display_name")
