"""A phone number, which some databases were given by hand."""

from __future__ import annotations

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN IF NOT EXISTS phone text")
    op.create_index("idx_customers_phone", "customers", ["phone"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("idx_customers_phone", table_name="customers")
    op.drop_column("customers", "phone")
