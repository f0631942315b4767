"""How a customer would like to be addressed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c5d90a41e7f2"
down_revision = "8e27f5a3c1d0"


def upgrade() -> None:
    op.add_column("customers", sa.Column("salutation", sa.Text))


def downgrade() -> None:
    op.drop_column("customers", "salutation")
