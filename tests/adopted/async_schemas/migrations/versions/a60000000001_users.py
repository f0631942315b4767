"""users"""

import sqlalchemy as sa
from alembic import op

revision = "a60000000001"
down_revision = None


def upgrade():
    op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), schema="app")


def downgrade():
    op.drop_table("users", schema="app")
