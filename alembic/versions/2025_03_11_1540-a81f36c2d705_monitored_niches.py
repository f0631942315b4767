"""monitored niches

Revision ID: a81f36c2d705
Revises: 5c1d0e7a4b92
Create Date: 2025-03-11 15:40:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a81f36c2d705"
down_revision: str | Sequence[str] | None = "5c1d0e7a4b92"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "monitored_niches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("last_scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitored_niches")),
        sa.UniqueConstraint("slug", name=op.f("uq_monitored_niches_slug")),
    )


def downgrade() -> None:
    op.drop_table("monitored_niches")
