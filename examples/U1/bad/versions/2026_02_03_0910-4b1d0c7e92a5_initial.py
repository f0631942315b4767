"""The orders."""

from __future__ import annotations

from alembic import op

revision = "4b1d0c7e92a5"
down_revision = None


def upgrade() -> None:
    op.drop_index("idx_orders_customer", table_name="orders")
    op.create_index("ix_orders_customer_id", "orders", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_orders_customer_id", table_name="orders")
    op.create_index("idx_orders_customer", "orders", ["customer_id"])
