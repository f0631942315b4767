"""studio tier

Revision ID: b85d21fc7ae3
Revises: 24c7e9b0d1f6
Create Date: 2026-02-10 10:44:00
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "b85d21fc7ae3"
down_revision: str | Sequence[str] | None = "24c7e9b0d1f6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

data_loss = "downgrade() makes studio subscribers premium ones"

# PostgreSQL cannot take a value out of an enum: a new enum takes the place of the old one.
WITHOUT_STUDIO = (
    "ALTER TYPE subscriptiontier RENAME TO subscriptiontier_with_studio",
    "CREATE TYPE subscriptiontier AS ENUM ('free', 'basic', 'premium')",
    "ALTER TABLE users ALTER COLUMN subscription_tier DROP DEFAULT",
    "ALTER TABLE users ALTER COLUMN subscription_tier TYPE subscriptiontier"
    " USING subscription_tier::text::subscriptiontier",
    "ALTER TABLE users ALTER COLUMN subscription_tier SET DEFAULT 'free'",
    "DROP TYPE subscriptiontier_with_studio",
)


def upgrade() -> None:
    # On SQLite the column is plain text without a check.
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TYPE subscriptiontier ADD VALUE 'studio'")


def downgrade() -> None:
    op.execute("UPDATE users SET subscription_tier = 'premium' WHERE subscription_tier = 'studio'")
    if op.get_context().dialect.name == "postgresql":
        for statement in WITHOUT_STUDIO:
            op.execute(statement)
