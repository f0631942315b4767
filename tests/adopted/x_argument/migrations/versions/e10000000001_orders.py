"""orders"""

import sqlalchemy as sa
from alembic import op

revision = "e10000000001"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("orders")
