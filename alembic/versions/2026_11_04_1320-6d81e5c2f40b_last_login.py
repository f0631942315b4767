"""last login

Production has had this column since 2025, when it was added by hand for a report.

Revision ID: 6d81e5c2f40b
Revises: ec03f7b19d5a
Create Date: 2026-11-04 13:20:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision: str = "6d81e5c2f40b"
down_revision: str | Sequence[str] | None = "ec03f7b19d5a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
irreversible = True  # whose column it was cannot be seen any more: no way back is exact


def upgrade() -> None:
    if not has_column():
        op.add_column(
            "users", sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    # A column that holds values stays: the older application does not mind, upgrade()
    # accepts it, and nothing is lost.
    if has_column() and not in_use():
        op.drop_column("users", "last_login_at")


def has_column() -> bool:
    columns = sa.inspect(bind()).get_columns("users")
    return any(column["name"] == "last_login_at" for column in columns)


def in_use() -> bool:
    query = "SELECT 1 FROM users WHERE last_login_at IS NOT NULL LIMIT 1"
    return bind().scalar(sa.text(query)) is not None


def bind() -> sa.Connection:
    if op.get_context().as_sql:
        raise CommandError(f"{revision} looks at the database before it changes it: no --sql.")
    return op.get_bind()
