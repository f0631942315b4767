"""unique credit references

Built concurrently, because credits are booked while it is built.  That works outside a
transaction only, so it has a revision of its own and can be run again after a break.

Revision ID: 58f9a3d6c0e1
Revises: d7e2b4a85c06
Create Date: 2026-10-01 11:50:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "58f9a3d6c0e1"
down_revision: str | Sequence[str] | None = "d7e2b4a85c06"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "uq_credit_transactions_reference"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # What an interrupted run left is an index that is not valid: it must go first.
        op.drop_index(NAME, "credit_transactions", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "credit_transactions",
            ["reference"],
            unique=True,
            postgresql_where=sa.text("reference IS NOT NULL"),
            sqlite_where=sa.text("reference IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "credit_transactions", if_exists=True, postgresql_concurrently=True)
