"""email"""

import sqlalchemy as sa
from alembic import op

revision = "a90000000001"
down_revision = None


def upgrade():
    op.add_column("customers", sa.Column("email", sa.Text))


def downgrade():
    op.drop_column("customers", "email")
