"""events"""

import sqlalchemy as sa
from alembic import op

revision = "c10000000001"
down_revision = None
branch_labels = ("main",)


def upgrade():
    op.create_table("events", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("events")
