"""Customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4b1d0c7e92a5"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("customers")
