"""newsletter

Revision ID: 80ad73f5c6b9
Revises: 5e4b9c12a0f8
Create Date: 2026-11-03 17:18:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "80ad73f5c6b9"
down_revision: str | Sequence[str] | None = "5e4b9c12a0f8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column("newsletter", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("customers", "newsletter")
