import os

from alembic import context
from sqlalchemy import NullPool, create_engine

table = context.config.get_main_option("version_table") or "alembic_version"


def run(**target):
    context.configure(version_table=table, **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(dialect_name="postgresql")
else:
    with create_engine(os.environ["DATABASE_URL"], poolclass=NullPool).connect() as connection:
        run(connection=connection)
