"""bills"""

import sqlalchemy as sa
from alembic import op

revision = "b10000000001"
down_revision = None
branch_labels = ("billing",)
depends_on = "a10000000001"


def upgrade():
    op.create_table(
        "bills", sa.Column("id", sa.Integer, primary_key=True), sa.Column("shop_id", sa.Integer)
    )


def downgrade():
    op.drop_table("bills")
