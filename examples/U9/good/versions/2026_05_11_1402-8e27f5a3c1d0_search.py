"""The index that the search wants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.create_index("idx_customers_search", "customers", [sa.text("lower(email)")])


def downgrade() -> None:
    op.drop_index("idx_customers_search", table_name="customers")
