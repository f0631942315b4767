"""The URL of alembic.ini, and a transaction for each migration."""

from alembic import context
from sqlalchemy import NullPool, create_engine

url = context.config.get_main_option("sqlalchemy.url")


def migrate(**target):
    context.configure(transaction_per_migration=True, **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    migrate(url=url, literal_binds=True)
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        migrate(connection=connection)
