"""parts"""

import sqlalchemy as sa
from alembic import op

revision = "f10000000001"
down_revision = None


def upgrade():
    op.create_table("parts", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("parts")
