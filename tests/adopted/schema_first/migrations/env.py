"""The URL of alembic.ini; the version table is in a schema that exists already."""

from alembic import context
from sqlalchemy import NullPool, create_engine

url = context.config.get_main_option("sqlalchemy.url")


def migrate(**target):
    context.configure(version_table_schema="ops", **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    migrate(url=url, literal_binds=True)
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        migrate(connection=connection)
