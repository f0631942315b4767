"""A phone number."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "8e27f5a3c1d0"
down_revision = "4b1d0c7e92a5"


def upgrade() -> None:
    op.execute(Path(__file__).with_name("phone.sql").read_text())


def downgrade() -> None:
    op.drop_column("customers", "phone")
