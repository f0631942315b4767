"""A phone number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.add_column("customers", sa.Column("phone", sa.Text))
    op.execute("UPDATE customers SET phone = 'unknown'")


def downgrade() -> None:
    op.drop_column("customers", "phone")
