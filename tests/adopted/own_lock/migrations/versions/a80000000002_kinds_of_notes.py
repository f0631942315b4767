"""kinds of notes"""

import sqlalchemy as sa
from alembic import context, op

revision = "a80000000002"
down_revision = "a80000000001"


def upgrade():
    op.add_column("notes", sa.Column("kind", sa.Text))
    # A session of its own, as code of the application opens one.
    engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"))
    with engine.begin() as session:
        session.execute(sa.text("UPDATE notes SET kind = 'plain'"))


def downgrade():
    op.drop_column("notes", "kind")
