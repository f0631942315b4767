"""billing items"""

import sqlalchemy as sa
from alembic import op

revision = "220000000001"
down_revision = None


def upgrade():
    op.create_table("billing_items", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("billing_items")
