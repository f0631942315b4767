"""an index of old"""

from alembic import op

revision = "b90000000001"
down_revision = None


def upgrade():
    op.drop_index("an_index_that_no_revision_made")
