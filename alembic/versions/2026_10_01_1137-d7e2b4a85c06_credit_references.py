"""credit references

Revision ID: d7e2b4a85c06
Revises: b85d21fc7ae3
Create Date: 2026-10-01 11:37:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d7e2b4a85c06"
down_revision: str | Sequence[str] | None = "b85d21fc7ae3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("credit_transactions", sa.Column("reference", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("credit_transactions", "reference")
