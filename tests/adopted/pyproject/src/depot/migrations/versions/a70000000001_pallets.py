"""pallets"""

import sqlalchemy as sa
from alembic import op

revision = "a70000000001"
down_revision = None


def upgrade():
    op.create_table("pallets", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("pallets")
