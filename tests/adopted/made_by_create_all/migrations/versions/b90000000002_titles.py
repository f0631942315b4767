"""titles"""

import sqlalchemy as sa
from alembic import op

revision = "b90000000002"
down_revision = "b90000000001"


def upgrade():
    op.add_column("pages", sa.Column("title", sa.Text))
