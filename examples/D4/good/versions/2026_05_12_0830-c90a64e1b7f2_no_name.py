"""No name is NULL, and not an empty text."""

from __future__ import annotations

from alembic import op

revision = "c90a64e1b7f2"
down_revision = "8e27f5a3c1d0"


def upgrade() -> None:
    op.execute("UPDATE countries SET name = NULL WHERE name = ''")


def downgrade() -> None:
    op.execute("UPDATE countries SET name = '' WHERE name IS NULL")
