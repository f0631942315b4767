"""A tier above studio."""

from __future__ import annotations

from alembic import op

revision = "c90a64e1b7f2"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.execute("ALTER TYPE tier ADD VALUE 'team'")


def downgrade() -> None:
    raise NotImplementedError("PostgreSQL cannot take a value out of an enum type")
