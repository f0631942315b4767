"""An async engine, for tables and a version table in a schema that is made here."""

import asyncio

from alembic import context
from models import metadata
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

url = context.config.get_main_option("sqlalchemy.url")


def only_app(name, kind, parents):
    return kind != "schema" or name == "app"


def migrate(**target):
    context.configure(
        target_metadata=metadata,
        version_table_schema="app",
        include_schemas=True,
        include_name=only_app,
        **target,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_on(connection):
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS app")
    connection.commit()
    migrate(connection=connection)


async def migrate_online():
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate_on)
    await engine.dispose()


if context.is_offline_mode():
    migrate(url=url, literal_binds=True)
else:
    asyncio.run(migrate_online())
