"""published content

Revision ID: e2907b5fd8a4
Revises: a81f36c2d705
Create Date: 2025-03-27 11:03:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e2907b5fd8a4"
down_revision: str | Sequence[str] | None = "a81f36c2d705"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "published_content",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("niche_id", sa.Integer(), nullable=True),
        sa.Column(
            "platform",
            sa.Enum("tiktok", "youtube", "instagram", name="contentplatform"),
            nullable=False,
        ),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("view_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_published_content_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["niche_id"],
            ["monitored_niches.id"],
            name=op.f("fk_published_content_niche_id_monitored_niches"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_content")),
        sa.UniqueConstraint("platform", "url", name=op.f("uq_published_content_platform_url")),
    )
    op.create_index(op.f("ix_published_content_user_id"), "published_content", ["user_id"])
    op.create_index(op.f("ix_published_content_niche_id"), "published_content", ["niche_id"])


def downgrade() -> None:
    op.drop_table("published_content")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TYPE contentplatform")
