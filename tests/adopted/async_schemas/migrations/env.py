"""As `alembic init -t async` writes it, for tables in a schema of the application's own."""

import asyncio

from alembic import context
from models import metadata
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config

config = context.config


def include_name(name, kind, parents):
    return kind != "schema" or name == "app"


def configure(**target):
    context.configure(
        target_metadata=metadata,
        version_table_schema="app",
        include_schemas=True,
        include_name=include_name,
        **target,
    )


def run_migrations_offline():
    configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def do_run_migrations(connection):
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS app")
    connection.commit()
    configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def run_async_migrations():
    connectable = async_engine_from_config(
        config.get_section(config.config_ini_section, {}),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    async with connectable.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await connectable.dispose()


if context.is_offline_mode():
    run_migrations_offline()
else:
    asyncio.run(run_async_migrations())
