"""names of shops"""

import sqlalchemy as sa
from alembic import op

revision = "a10000000002"
down_revision = "a10000000001"


def upgrade():
    op.add_column("shops", sa.Column("name", sa.Text))


def downgrade():
    op.drop_column("shops", "name")
