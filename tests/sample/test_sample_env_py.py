"""alembic/env.py on PostgreSQL: one deploy at a time, and no endless waiting."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from alembic_rehearsal.core.values.databases import Database
from sample.commands import CHECKOUT, alembic, copy_of_the_project
from sample.history import HEAD
from sample.migrations import upgrade
from sample.production import run_by_hand

ADVISORY_LOCK = 1_702_131_041
ONE_REVISION = """
from alembic import op

revision = "000000000001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock_timeout")
"""


@pytest.fixture
def url(empty_database: Database) -> str:
    return empty_database.url()


@contextmanager
def another_deploy(url: str) -> Iterator[int]:
    """Hold the advisory lock that env.py takes; yield the session's process id."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as session:
        session.execute(sa.select(sa.func.pg_advisory_lock(ADVISORY_LOCK)))
        yield session.scalar(sa.select(sa.func.pg_backend_pid())) or 0


def value(url: str, query: str) -> object:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return connection.scalar(sa.text(query))


def test_it_gives_up_when_another_deploy_does_not_end_and_changes_nothing(url: str) -> None:
    with another_deploy(url) as pid:
        arguments = ("-x", "lock_wait=0.3", "upgrade", "head")
        done = alembic(*arguments, database_url=url, check=False)
    assert done.returncode != 0
    assert f"still running after 0.3 s (PostgreSQL process {pid})" in done.stderr
    assert "Traceback" not in done.stderr
    assert value(url, "SELECT to_regclass('users')") is None


def test_alembic_current_answers_while_another_deploy_runs(url: str) -> None:
    with another_deploy(url):
        alembic("-x", "lock_wait=0.3", "current", database_url=url)


def test_two_deploys_at_once_both_succeed(url: str) -> None:
    with ThreadPoolExecutor() as threads:
        runs = [threads.submit(alembic, "upgrade", "head", database_url=url) for _ in range(2)]
        steps = [run.result().stderr.count("Running upgrade") for run in runs]
    assert sorted(steps) == [0, 17]
    assert value(url, "SELECT version_num FROM alembic_version") == HEAD


def test_no_lock_is_taken_on_a_connection_that_env_py_receives(url: str) -> None:
    with another_deploy(url):
        upgrade(url, "head")
    assert value(url, "SELECT version_num FROM alembic_version") == HEAD


@pytest.mark.parametrize(
    ("options", "expected"), [("", "5s"), ("?options=-c%20lock_timeout%3D70ms", "70ms")]
)
def test_migrations_have_a_lock_timeout_that_the_url_can_change(
    tmp_path: Path, url: str, options: str, expected: str
) -> None:
    project = copy_of_the_project(tmp_path)
    for file in project.glob("alembic/versions/*.py"):
        file.unlink()
    (project / "alembic/versions/one.py").write_text(ONE_REVISION, encoding="utf-8")
    alembic("upgrade", "head", database_url=url + options, folder=project)
    assert value(url, "SELECT lock_timeout FROM seen") == expected


def test_only_the_failing_revision_is_rolled_back(url: str) -> None:
    upgrade(url, "5c1d0e7a4b92")
    run_by_hand(url, "CREATE TABLE published_content (in_the_way integer)")
    assert alembic("upgrade", "head", database_url=url, check=False).returncode != 0
    assert value(url, "SELECT version_num FROM alembic_version") == "a81f36c2d705"
    assert value(url, "SELECT to_regclass('monitored_niches')::text") == "monitored_niches"


def test_a_password_with_percent_signs_connects(empty_database: Database) -> None:
    role, password = f"sample_{secrets.token_hex(4)}", "100%(here)s%40@:/"
    server, url = empty_database.server, empty_database.url()
    run_by_hand(url, f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    try:
        mine = f"postgres://{role}:{quote(password, safe='')}@{server.host}:{server.port}"
        alembic("current", database_url=f"{mine}/{empty_database.name}")
    finally:
        run_by_hand(url, f"DROP ROLE {role}")


def test_the_table_of_an_extension_is_not_offered_for_dropping(url: str) -> None:
    upgrade(url, "head")
    run_by_hand(url, "CREATE TABLE spatial_ref_sys (srid integer)")
    alembic("check", database_url=url)
    run_by_hand(url, "CREATE TABLE stray (id integer)")
    assert "stray" in alembic("check", database_url=url, check=False).stderr


def test_alembic_stays_a_folder_and_never_becomes_a_package() -> None:
    assert not (CHECKOUT / "alembic" / "__init__.py").exists()
