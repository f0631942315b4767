"""content language

Revision ID: 1a6f0c93e7d2
Revises: b85d21fc7ae3
Create Date: 2026-09-29 09:15:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1a6f0c93e7d2"
down_revision: str | Sequence[str] | None = "b85d21fc7ae3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "published_content",
        sa.Column("language", sa.String(8), server_default="en", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("published_content", "language")
