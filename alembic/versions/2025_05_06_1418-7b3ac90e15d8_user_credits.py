"""user credits

Revision ID: 7b3ac90e15d8
Revises: 0d94be61f7c3
Create Date: 2025-05-06 14:18:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7b3ac90e15d8"
down_revision: str | Sequence[str] | None = "0d94be61f7c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "user_credits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_user_credits_balance_not_negative")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_user_credits_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_credits")),
        sa.UniqueConstraint("user_id", name=op.f("uq_user_credits_user_id")),
    )


def downgrade() -> None:
    op.drop_table("user_credits")
