"""The env.py of projects with other drivers: format it with `driver` and `options`."""

from __future__ import annotations

SYNC = """
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine("postgresql+{driver}://", poolclass=pool.NullPool{options})
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
ASYNC = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine("postgresql+{driver}://", poolclass=pool.NullPool{options})
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(main())
"""
AUTOCOMMIT = ', isolation_level="AUTOCOMMIT"'
