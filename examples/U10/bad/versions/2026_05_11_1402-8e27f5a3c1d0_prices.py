"""What a tier costs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.create_table(
        "prices",
        sa.Column("tier", sa.Enum("free", "studio", name="tier"), primary_key=True),
        sa.Column("cents", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("prices")
