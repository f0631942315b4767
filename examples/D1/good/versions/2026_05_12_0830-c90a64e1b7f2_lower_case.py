"""E-mail addresses in lower case."""

from __future__ import annotations

from alembic import op

revision = "c90a64e1b7f2"
down_revision = "8e27f5a3c1d0"


def upgrade() -> None:
    op.execute("UPDATE customers SET email = lower(email)")


def downgrade() -> None:
    raise NotImplementedError("how the addresses were written is not kept anywhere")
