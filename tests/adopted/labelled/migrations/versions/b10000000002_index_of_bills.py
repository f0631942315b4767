"""index of bills"""

from alembic import op

revision = "b10000000002"
down_revision = "b10000000001"


def upgrade():
    op.create_index("bills_shop", "bills", ["shop_id"])


def downgrade():
    op.drop_index("bills_shop")
