"""no empty titles"""

from alembic import op

revision = "b90000000003"
down_revision = "b90000000002"


def upgrade():
    op.execute("UPDATE pages SET title = '' WHERE title IS NULL")
