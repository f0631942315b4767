"""What a customer pays for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"

tier = sa.Enum("free", "studio", name="tier")


def upgrade() -> None:
    tier.create(op.get_bind())
    op.add_column("customers", sa.Column("tier", tier))


def downgrade() -> None:
    op.drop_column("customers", "tier")
    tier.drop(op.get_bind())
