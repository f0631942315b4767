"""credit transactions

Revision ID: c46e8f12a9d0
Revises: 7b3ac90e15d8
Create Date: 2025-05-20 10:05:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c46e8f12a9d0"
down_revision: str | Sequence[str] | None = "7b3ac90e15d8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "credit_transactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("grant", "purchase", "spend", "refund", name="creditkind"),
            nullable=False,
        ),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_credit_transactions_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_credit_transactions_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_transactions")),
    )
    op.create_index(
        op.f("ix_credit_transactions_user_id_created_at"),
        "credit_transactions",
        ["user_id", "created_at"],
    )
    # Who was a user before there were credits starts with an empty account.
    op.execute("INSERT INTO user_credits (user_id) SELECT id FROM users")


def downgrade() -> None:
    op.drop_table("credit_transactions")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TYPE creditkind")
