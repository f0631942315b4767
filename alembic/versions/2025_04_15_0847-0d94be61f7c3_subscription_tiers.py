"""subscription tiers

Revision ID: 0d94be61f7c3
Revises: e2907b5fd8a4
Create Date: 2025-04-15 08:47:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0d94be61f7c3"
down_revision: str | Sequence[str] | None = "e2907b5fd8a4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # add_column() does not make the type of its column; create_table() would.
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE TYPE subscriptiontier AS ENUM ('free', 'basic', 'premium')")
    op.add_column(
        "users",
        sa.Column(
            "subscription_tier",
            sa.Enum("free", "basic", "premium", name="subscriptiontier"),
            server_default="free",
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("users", "subscription_tier")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TYPE subscriptiontier")
