"""notes"""

import sqlalchemy as sa
from alembic import op

revision = "a80000000001"
down_revision = None


def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("notes")
