"""The URL and the tenant's schema come by -x, as a deploy script passes them."""

from alembic import context
from sqlalchemy import NullPool, create_engine, text

given = context.get_x_argument(as_dictionary=True)
url, tenant = given["url"], given["tenant"]


def configure(**target):
    context.configure(version_table_schema=tenant, **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    configure(url=url)
else:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as beside:
        beside.execute(text(f"CREATE SCHEMA IF NOT EXISTS {tenant}"))
    with engine.connect() as connection:
        configure(connection=connection)
