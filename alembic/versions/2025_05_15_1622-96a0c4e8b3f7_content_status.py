"""content status

Revision ID: 96a0c4e8b3f7
Revises: 0d94be61f7c3
Create Date: 2025-05-15 16:22:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "96a0c4e8b3f7"
down_revision: str | Sequence[str] | None = "0d94be61f7c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE TYPE contentstatus AS ENUM ('draft', 'scheduled', 'published')")
    op.add_column(
        "published_content",
        sa.Column(
            "status",
            sa.Enum("draft", "scheduled", "published", name="contentstatus"),
            server_default="draft",
            nullable=False,
        ),
    )
    op.execute("UPDATE published_content SET status = 'published' WHERE published_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("published_content", "status")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TYPE contentstatus")
