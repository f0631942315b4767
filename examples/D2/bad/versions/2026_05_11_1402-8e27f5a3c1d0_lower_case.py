"""E-mail addresses are unique in any case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.drop_index("uq_customers_email", table_name="customers")
    op.create_index(
        "uq_customers_email_lower",
        "customers",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_customers_email_lower", table_name="customers")
    op.create_index("uq_customers_email", "customers", ["email"], unique=True)
