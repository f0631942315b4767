"""parcels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9d4e7b1c52f0"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "parcels",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("weight", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("parcels")
