"""shops"""

import sqlalchemy as sa
from alembic import op

revision = "a10000000001"
down_revision = None
branch_labels = ("shop",)


def upgrade():
    op.create_table("shops", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("shops")
