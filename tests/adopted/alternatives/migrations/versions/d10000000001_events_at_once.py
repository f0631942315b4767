"""events at once"""

import sqlalchemy as sa
from alembic import op

revision = "d10000000001"
down_revision = None
branch_labels = ("fresh",)


def upgrade():
    op.create_table(
        "events", sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.DateTime)
    )


def downgrade():
    op.drop_table("events")
