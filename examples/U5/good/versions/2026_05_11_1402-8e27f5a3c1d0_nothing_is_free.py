"""Nothing is free: autogenerate does not see this, so it is written by hand."""

from __future__ import annotations

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.drop_constraint("price_is_positive", "products")
    op.create_check_constraint("price_is_positive", "products", "price > 0")


def downgrade() -> None:
    op.drop_constraint("price_is_positive", "products")
    op.create_check_constraint("price_is_positive", "products", "price >= 0")
