"""Orders, in the currency that the shop has on the day of the migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from shop import CURRENCY

revision = "4b1d0c7e92a5"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("currency", sa.String(3), server_default=CURRENCY, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("orders")
