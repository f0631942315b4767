"""A tier between free and studio."""

from __future__ import annotations

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.execute("ALTER TYPE tier ADD VALUE 'starter' AFTER 'free'")


def downgrade() -> None:
    raise NotImplementedError("PostgreSQL cannot take a value out of an enum type")
