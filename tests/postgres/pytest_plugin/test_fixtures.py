"""`migrated_database` and `migrated_url`: what the tests of an application are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from conftest import MakeServer
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.pytest_plugin import Run, pytest_run, pytest_running
from support.running_commands import ended, interrupt, wait_for
from support.snapshots import production

SOUND = (table("a1", "customers"), table("b2", "orders"))
BROKEN = rev("b2", 'op.execute("INSERT INTO nowhere VALUES (1)")')
TESTS = """
import psycopg2
import pytest
import sqlalchemy as sa


@pytest.mark.parametrize("turn", [1, 2])
def test_rows_of_one_test_are_not_there_in_another(migrated_url, turn):
    engine = sa.create_engine(migrated_url)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO orders VALUES (1)"))
        assert connection.scalar(sa.text("SELECT count(*) FROM orders")) == 1


def test_both_fixtures_are_of_one_database(migrated_database, migrated_url):
    assert migrated_database.url() == migrated_url
    assert migrated_database.url("asyncpg").startswith("postgresql+asyncpg://")


def test_it_is_at_head(migrated_database):
    with psycopg2.connect(migrated_database.url("")) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT version_num FROM alembic_version")
        assert cursor.fetchall() == [("b2",)]


def test_the_schema_may_be_broken(migrated_url):
    with sa.create_engine(migrated_url).begin() as connection:
        connection.execute(sa.text("DROP TABLE orders"))
"""
ASKS = "def test_asks(migrated_url): pass\n\ndef test_asks_nothing(): pass\n"
HAS_CUSTOMERS = """
import psycopg2

def test_asks(migrated_database):
    with psycopg2.connect(migrated_database.url("")) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT name FROM customers, orders")
"""
NOT_REPLAYABLE = "replayable = false\n"
SLEEPS = """
import pathlib
pathlib.Path("sleeping").touch()
op.execute("SELECT pg_sleep(120)")
"""

pytestmark = pytest.mark.usefixtures("nothing_left")


def project(folder: Path, *revisions: Rev, tests: str = ASKS, settings: str = "") -> Path:
    write_project(folder, revisions, files={"test_shop.py": tests})
    (folder / "rehearsal.toml").write_text(settings)
    return folder


def error_of(run: Run) -> str:
    """The error of the test that uses the fixture; the other test has passed."""
    assert run.outcomes["test_shop::test_asks_nothing"] == "passed"
    assert run.outcomes["test_shop::test_asks"] == "error"
    assert "Traceback" not in run.said
    return run.texts["test_shop::test_asks"]


def test_each_test_has_a_fresh_clone_of_the_migrated_schema(tmp_path: Path) -> None:
    run = pytest_run(project(tmp_path, *SOUND, tests=TESTS), "-W", "error")
    assert run.code == 0, run.said
    assert len(run.of("passed")) == 5


def test_each_worker_of_xdist_has_its_own_server(tmp_path: Path) -> None:
    run = pytest_run(project(tmp_path, *SOUND, tests=TESTS), "-n", "2")
    assert run.code == 0, run.said
    assert len(run.of("passed")) == 5


def test_a_migration_that_fails_is_named_with_its_place_and_what_to_type(tmp_path: Path) -> None:
    said = error_of(pytest_run(project(tmp_path, SOUND[0], BROKEN)))
    assert f"{tmp_path}/migrations/versions/0001_b2.py:13: upgrade of b2: " in said
    assert 'relation "nowhere" does not exist' in said
    assert "INSERT INTO nowhere VALUES (1)" in said
    assert "try: mend b2, then: pytest" in said
    assert "or: rehearsal run --checks U" in said


def test_where_production_has_it_already_the_snapshot_is_offered(tmp_path: Path) -> None:
    production(project(tmp_path, SOUND[0], BROKEN), revisions=("b2",))
    said = error_of(pytest_run(tmp_path))
    assert "try: replayable = false in [tool.rehearsal]" in said
    assert "mend b2" not in said


def test_a_history_that_is_not_replayable_starts_from_the_snapshot(tmp_path: Path) -> None:
    unbuilt = rev("a1", 'op.execute("DROP INDEX made_by_hand")')
    project(tmp_path, unbuilt, SOUND[1], tests=HAS_CUSTOMERS, settings=NOT_REPLAYABLE)
    production(tmp_path, "CREATE TABLE public.customers (id integer, name text);")
    run = pytest_run(tmp_path)
    assert run.code == 0, run.said


def test_what_the_settings_bootstrap_is_there_before_the_first_migration(tmp_path: Path) -> None:
    older = rev("a1", 'op.execute("ALTER TABLE customers ADD COLUMN name text")')
    settings = 'bootstrap = "older.sql"\n'
    project(tmp_path, older, SOUND[1], tests=HAS_CUSTOMERS, settings=settings)
    (tmp_path / "older.sql").write_text("CREATE TABLE customers (id int);\n")
    run = pytest_run(tmp_path)
    assert run.code == 0, run.said


def test_an_env_py_that_runs_nothing_is_said(tmp_path: Path) -> None:
    write_project(tmp_path, SOUND, env_py="", files={"test_shop.py": ASKS})
    assert "env.py" in error_of(pytest_run(tmp_path))


def test_without_a_snapshot_it_cannot_start(tmp_path: Path) -> None:
    said = error_of(pytest_run(project(tmp_path, *SOUND, settings=NOT_REPLAYABLE)))
    assert "rehearsal.toml declares the history not replayable, and there is no snapshot" in said
    assert "try: rehearsal snapshot take --from URL" in said


def test_a_snapshot_of_a_revision_that_is_not_here_is_refused(tmp_path: Path) -> None:
    production(project(tmp_path, *SOUND, settings=NOT_REPLAYABLE), revisions=("z9",))
    assert "is at revision z9, which the history does not contain" in error_of(pytest_run(tmp_path))


def test_without_a_configuration_it_says_where_it_looked(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text(ASKS)
    said = error_of(pytest_run(tmp_path))
    assert f"there is no Alembic configuration at {tmp_path}/alembic.ini" in said
    assert "--rehearsal-config" in said


def test_the_configuration_can_be_named(tmp_path: Path) -> None:
    write_project(tmp_path / "db", SOUND)
    (tmp_path / "test_shop.py").write_text(TESTS)
    run = pytest_run(tmp_path, "--rehearsal-config", "db/alembic.ini")
    assert run.code == 0, run.said


def test_two_heads_are_said(tmp_path: Path) -> None:
    two = (table("a1", "customers"), table("b2", "orders", down=()))
    assert "the history has 2 heads: a1, b2." in error_of(pytest_run(project(tmp_path, *two)))


def test_an_upgrade_that_is_not_kept_is_said(tmp_path: Path) -> None:
    asked = "as connection:\n        connection.exec_driver_sql('SELECT 1')"
    env_py = ENV_PY.replace("as connection:", asked)  # SQLAlchemy has begun a transaction by then
    write_project(tmp_path, SOUND, env_py=env_py, files={"test_shop.py": ASKS})
    assert "the version table holds nothing instead of b2" in error_of(pytest_run(tmp_path))


def test_a_lent_server_keeps_nothing(tmp_path: Path, make_server: MakeServer) -> None:
    lent = make_server()
    project(tmp_path, *SOUND, tests=TESTS, settings=lending(lent))
    assert pytest_run(tmp_path).code == 0
    names = fetch_rows(Database(lent, "postgres"), "SELECT datname FROM pg_database")
    assert {name for (name,) in names} == {"postgres", "template0", "template1"}


def test_a_lent_server_gets_no_role(tmp_path: Path, make_server: MakeServer) -> None:
    role = rev("c3", 'op.execute("CREATE ROLE clerk")')
    project(tmp_path, *SOUND, role, settings=lending(make_server()))
    said = error_of(pytest_run(tmp_path))
    assert "c3 changes roles, tablespaces or databases, which a server given by URL shares" in said


def lending(server: Server) -> str:
    return f'server = "{Database(server, "postgres").url("")}"\ndisposable = true\n'


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_ctrl_c_leaves_no_server_behind(tmp_path: Path, workers: tuple[str, ...]) -> None:
    project(tmp_path, SOUND[0], rev("b2", SLEEPS))
    with pytest_running(tmp_path, *workers) as running:
        wait_for(tmp_path / "sleeping")
        interrupt(running)
        said = ended(running)
    assert running.returncode == pytest.ExitCode.INTERRUPTED, said
