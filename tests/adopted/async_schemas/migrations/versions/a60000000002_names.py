"""names"""

import sqlalchemy as sa
from alembic import op

revision = "a60000000002"
down_revision = "a60000000001"


def upgrade():
    op.add_column("users", sa.Column("name", sa.Text), schema="app")


def downgrade():
    op.drop_column("users", "name", schema="app")
