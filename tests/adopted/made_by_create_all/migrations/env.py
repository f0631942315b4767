import os

from alembic import context
from models import metadata
from sqlalchemy import NullPool, create_engine


def run(**target):
    context.configure(target_metadata=metadata, **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(dialect_name="postgresql")
else:
    with create_engine(os.environ["DATABASE_URL"], poolclass=NullPool).connect() as connection:
        run(connection=connection)
