"""niche owners

Revision ID: 3fe5d7284c1b
Revises: 0d94be61f7c3
Create Date: 2025-05-13 09:30:00
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3fe5d7284c1b"
down_revision: str | Sequence[str] | None = "0d94be61f7c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Two users may watch the same niche from here on; one of the two must go on the way back.
data_loss = "downgrade() keeps one niche of each slug, the oldest"

ONLY_THE_OLDEST = """
    DELETE FROM monitored_niches
    WHERE id NOT IN (SELECT min(id) FROM monitored_niches GROUP BY slug)
"""


def upgrade() -> None:
    with op.batch_alter_table("monitored_niches") as niches:
        niches.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        niches.create_foreign_key(
            op.f("fk_monitored_niches_user_id_users"),
            "users",
            ["user_id"],
            ["id"],
            ondelete="CASCADE",
        )
        niches.drop_constraint(op.f("uq_monitored_niches_slug"), type_="unique")
        niches.create_unique_constraint(
            op.f("uq_monitored_niches_user_id_slug"), ["user_id", "slug"]
        )
    op.create_index(
        op.f("ix_monitored_niches_last_scanned_at"),
        "monitored_niches",
        ["last_scanned_at"],
        postgresql_where=sa.text("is_active"),
        sqlite_where=sa.text("is_active"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_monitored_niches_last_scanned_at"), table_name="monitored_niches")
    op.execute(ONLY_THE_OLDEST)
    with op.batch_alter_table("monitored_niches") as niches:
        niches.drop_constraint(op.f("uq_monitored_niches_user_id_slug"), type_="unique")
        niches.create_unique_constraint(op.f("uq_monitored_niches_slug"), ["slug"])
        niches.drop_constraint(op.f("fk_monitored_niches_user_id_users"), type_="foreignkey")
        niches.drop_column("user_id")
