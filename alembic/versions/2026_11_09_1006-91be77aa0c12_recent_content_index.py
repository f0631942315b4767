"""index recent content

Production has had this index since a slow night in 2025, under the name that it was given
then; it is renamed there, and built everywhere else.

Revision ID: 91be77aa0c12
Revises: 6d81e5c2f40b
Create Date: 2026-11-09 10:06:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision: str = "91be77aa0c12"
down_revision: str | Sequence[str] | None = "6d81e5c2f40b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
irreversible = True  # which name the index had cannot be seen any more: no way back is exact

TABLE = "published_content"
NAME = "ix_published_content_published_at"
MADE_BY_HAND = "idx_content_recent"


def upgrade() -> None:
    present = index_names()
    if MADE_BY_HAND in present and NAME not in present:
        rename()
    elif NAME not in present:
        op.create_index(NAME, TABLE, ["published_at"])


def downgrade() -> None:
    if NAME in index_names():
        op.drop_index(NAME, TABLE)


def rename() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {MADE_BY_HAND} RENAME TO {NAME}")
    else:
        op.drop_index(MADE_BY_HAND, TABLE)
        op.create_index(NAME, TABLE, ["published_at"])


def index_names() -> set[str | None]:
    if op.get_context().as_sql:
        raise CommandError(f"{revision} looks at the database before it changes it: no --sql.")
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}
