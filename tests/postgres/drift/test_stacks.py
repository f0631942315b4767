"""A corrective revision on the newest and the oldest stack that can be driven.

REHEARSAL_OLD_PYTHON names an interpreter with Alembic 1.8, SQLAlchemy 1.4 and psycopg2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database
from support.drift import BY_HAND, drift, run_sql, shop, upgrade
from support.projects import ENV_PY

STACKS = {"newest": sys.executable, "oldest": os.environ.get("REHEARSAL_OLD_PYTHON", "")}
ASYNC_ENV = """
    import asyncio

    from alembic import context
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool


    def migrate(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


    async def main():
        url = context.config.get_main_option("sqlalchemy.url")
        async with create_async_engine(url, poolclass=NullPool).connect() as connection:
            await connection.run_sync(migrate)


    asyncio.run(main())
    """


@pytest.fixture(params=STACKS)
def python(request: pytest.FixtureRequest) -> str:
    interpreter = STACKS[request.param]
    if not interpreter:
        pytest.skip("REHEARSAL_OLD_PYTHON is not set: the oldest stack is not at hand")
    return interpreter


@pytest.mark.parametrize("direction", ["database", "history"])
def test_a_corrective_revision_runs_on_this_stack(
    python: str, direction: str, tmp_path: Path, empty_database: Database
) -> None:
    project = shop(tmp_path)
    upgrade(project, empty_database)
    run_sql(empty_database, BY_HAND)
    code, said, progress = drift(project, empty_database, "--fix", direction, "--python", python)
    assert code == 0, said + progress
    assert "a second run changes nothing" in said


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
@pytest.mark.parametrize("direction", ["database", "history"])
def test_a_corrective_revision_runs_over_this_driver(
    driver: str, direction: str, tmp_path: Path, empty_database: Database
) -> None:
    env_py = ASYNC_ENV if driver == "asyncpg" else ENV_PY
    url = f"sqlalchemy.url = postgresql+{driver}://shop@127.0.0.1/shop"
    (tmp_path / "first").mkdir()
    upgrade(shop(tmp_path / "first"), empty_database)
    run_sql(empty_database, BY_HAND)
    project = shop(tmp_path / "second", env_py=env_py, ini=url)
    code, said, progress = drift(project, empty_database, "--fix", direction)
    assert code == 0, said + progress
    assert "a second run changes nothing" in said
