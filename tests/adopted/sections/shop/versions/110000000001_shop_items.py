"""shop items"""

import sqlalchemy as sa
from alembic import op

revision = "110000000001"
down_revision = None


def upgrade():
    op.create_table("shop_items", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("shop_items")
