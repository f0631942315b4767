"""`rehearsal migrate` where a history does not begin with nothing: the settings' bootstrap."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.servers.development import stop_development_server
from support.cli import REHEARSAL, plain_environment, rehearsal
from support.projects import rev, table, write_project
from support.running_commands import underway, wait_for
from support.snapshots import production

# What the first revision expects, and none makes.
NAMES = rev("a1", 'op.execute("ALTER TABLE customers ADD COLUMN name text")')
SCHEMA = "CREATE TABLE customers (id int);\n"
SETTINGS = 'bootstrap = "older.sql"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A project whose older tables are made by a file; its server goes with the test."""
    files = {"older.sql": SCHEMA, "rehearsal.toml": SETTINGS}
    write_project(tmp_path, [NAMES, table("b2", "orders")], files=files)
    yield tmp_path
    stop_development_server(tmp_path / ".rehearsal", erase=True)


def asked(checkout: Path, query: str) -> str:
    done = rehearsal("psql", "-Atc", query, folder=checkout)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_empty_database_gets_it_before_the_first_migration(checkout: Path) -> None:
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert "bootstrap: older.sql\n" in done.stderr
    assert done.stdout.startswith("was empty, bootstrapped, 2 revisions applied, head b2, 3 tables")


def test_a_database_that_has_it_does_not_get_it_again(checkout: Path) -> None:
    rehearsal("migrate", folder=checkout)
    asked(checkout, "INSERT INTO customers VALUES (1)")
    again = rehearsal("migrate", folder=checkout)
    assert again.returncode == 0, again.stderr
    assert "bootstrap" not in again.stderr
    assert asked(checkout, "SELECT count(*) FROM customers") == "1"


def test_one_that_was_only_started_is_empty_and_reset_makes_it_so(checkout: Path) -> None:
    for command in ("up", "migrate", "reset"):
        done = rehearsal(command, folder=checkout)
        assert done.returncode == 0, done.stderr
        assert ("bootstrap: older.sql" in done.stderr) is (command != "up")
    assert asked(checkout, "SELECT version_num FROM alembic_version") == "b2"


def test_production_s_schema_comes_before_it(checkout: Path) -> None:
    production(checkout, "CREATE TABLE public.customers (id integer, name text);")
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert "bootstrap" not in done.stderr
    assert done.stdout.startswith("production at a1, 1 revision applied")


def test_a_command_that_stamps_leaves_the_rest_to_the_migrations(checkout: Path) -> None:
    (checkout / "rehearsal.toml").write_text('bootstrap = "sh older.sh"\n')
    stamped = "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version"
    (checkout / "older.sh").write_text(
        'test -n "$DATABASE_URL" && python -c "\n'
        "import os, sqlalchemy\n"
        "with sqlalchemy.create_engine(os.environ['DATABASE_URL']).begin() as connection:\n"
        f"    connection.exec_driver_sql('''{stamped} VALUES ('a1')''')\n"
        '"\n'
    )
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("was empty, bootstrapped, 1 revision applied, head b2")


def test_a_failed_one_is_reported_and_the_next_migrate_begins_with_an_empty_database(
    checkout: Path,
) -> None:
    (checkout / "older.sql").write_text(f"{SCHEMA}CREATE TABEL orders ();\n")
    failed = rehearsal("migrate", folder=checkout)
    assert failed.returncode == 3
    assert 'older.sql:2: ERROR:  syntax error at or near "TABEL"' in failed.stderr
    assert asked(checkout, "SELECT to_regclass('customers')") == "customers"
    (checkout / "older.sql").write_text(SCHEMA)
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert "bootstrapped, 2 revisions applied" in done.stdout


def test_one_that_is_killed_half_way_is_begun_anew(checkout: Path) -> None:
    (checkout / "older.sql").write_text(f"{SCHEMA}\\! touch sleeping\nSELECT pg_sleep(120);\n")
    command, variables = [REHEARSAL, "migrate"], plain_environment()
    with underway(command, checkout, variables, stderr=subprocess.DEVNULL) as process:
        wait_for(checkout / "sleeping")
        os.killpg(process.pid, signal.SIGKILL)
    (checkout / "older.sql").write_text(SCHEMA)
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert "bootstrapped, 2 revisions applied" in done.stdout


@pytest.mark.parametrize("command", ["migrate", "reset"])
def test_a_history_declared_not_replayable_needs_the_snapshot(checkout: Path, command: str) -> None:
    """As everywhere: there is no way from an empty database, bootstrapped or not."""
    (checkout / "rehearsal.toml").write_text(f"{SETTINGS}replayable = false\n")
    done = rehearsal(command, folder=checkout)
    assert done.returncode == 2
    assert "bootstrap" not in done.stderr
    assert "rehearsal.toml declares the history not replayable, and there is no" in done.stderr


def test_a_database_that_is_given_by_url_gets_none(checkout: Path) -> None:
    rehearsal("up", folder=checkout)
    given = {"DATABASE_URL": rehearsal("url", folder=checkout).stdout.strip()}
    done = rehearsal("migrate", "--yes", folder=checkout, variables=given)
    assert done.returncode == 1
    assert 'relation "customers" does not exist' in done.stderr
