"""times of events"""

import sqlalchemy as sa
from alembic import op

revision = "c10000000002"
down_revision = "c10000000001"


def upgrade():
    op.add_column("events", sa.Column("at", sa.DateTime))


def downgrade():
    op.drop_column("events", "at")
