"""Countries, one of them without a name as yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4b1d0c7e92a5"
down_revision = None


def upgrade() -> None:
    countries = op.create_table(
        "countries",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.bulk_insert(countries, [{"code": "de", "name": "Germany"}, {"code": "xk", "name": ""}])


def downgrade() -> None:
    op.drop_table("countries")
