"""Who wants the newsletter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c90a64e1b7f2"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.add_column("customers", sa.Column("newsletter", sa.Boolean))


def downgrade() -> None:
    op.drop_column("customers", "newsletter")
