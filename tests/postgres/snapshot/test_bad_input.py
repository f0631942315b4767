"""`rehearsal snapshot take` where it cannot work: the message, and nothing is written."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.postgres.programs.installations import find_in_wheels
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.snapshot.files import read_snapshot
from conftest import MakeServer
from support.cli import rehearsal
from support.databases import scratch
from support.other_majors import server_from, standby_of
from support.pooler import lent_by_transaction
from support.projects import table, write_project
from support.relay import breaking_off
from support.sql import run

pytestmark = pytest.mark.usefixtures("nothing_left")
OURS = "application_name = 'alembic-rehearsal' AND datname = %s AND pid <> pg_backend_pid()"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


def take(project: Path, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", url, folder=project, variables=variables)


def failed(done: subprocess.CompletedProcess[str], project: Path, code: int) -> str:
    """The error output of a command that failed as expected, and has written nothing."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "snapshots").exists()
    return done.stderr


def test_a_url_without_a_database_is_asked_for_one(project: Path, server: Server) -> None:
    for end in ("/", ""):
        url = Database(server, "postgres").url("").removesuffix("/postgres") + end
        said = failed(take(project, url), project, 2)
        assert f"@127.0.0.1:{server.port}/ names no database." in said
        assert f"try: --from postgresql://postgres:***@127.0.0.1:{server.port}/NAME" in said
        assert server.password not in said


def test_a_database_that_is_named_elsewhere_counts(project: Path, empty_database: Database) -> None:
    url = empty_database.url("").removesuffix(empty_database.name)
    done = take(project, url, PGDATABASE=empty_database.name)
    assert done.returncode == 0, done.stderr


def test_a_service_that_the_environment_names_is_not_dumped_instead(
    project: Path, empty_database: Database
) -> None:
    services = project / "services.conf"
    services.write_text("[other]\nhost=203.0.113.1\nport=1\n")
    place = {"PGSERVICEFILE": str(services), "PGSERVICE": "other", "PGHOSTADDR": "203.0.113.2"}
    run(empty_database, "CREATE TABLE here ()")
    done = take(project, empty_database.url(""), **place)
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE public.here" in (project / "snapshots" / "production.sql").read_text()


def test_a_missing_database_is_named(project: Path, server: Server) -> None:
    said = failed(take(project, Database(server, "nowhere").url("")), project, 3)
    assert 'database "nowhere" does not exist' in said


def test_another_kind_of_database_is_refused(project: Path) -> None:
    said = failed(take(project, "sqlite:///x.db"), project, 2)
    assert "is not the URL of a PostgreSQL database" in said


def test_a_pooler_that_lends_sessions_by_transaction_is_refused(
    project: Path, empty_database: Database
) -> None:
    with lent_by_transaction(empty_database) as pooled:
        said = failed(take(project, pooled.url("")), project, 1)
        assert "is behind a pooler that shares server sessions between clients." in said
        assert "the server's own address" in said
        settings = "SELECT current_setting('search_path'), current_setting('lock_timeout')"
        with connect(pooled) as connection, connection.cursor() as cursor:
            cursor.execute(settings)
            assert cursor.fetchall() == [('"$user", public', "0")]


@pytest.fixture
def large(empty_database: Database) -> Database:
    """Enough tables for pg_dump to be seen at work."""
    run(
        empty_database,
        "DO $$ BEGIN FOR n IN 1..400 LOOP "
        "EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, a text, b text)', n);"
        "END LOOP; END $$",
    )
    return empty_database


def test_messages_of_pg_dump_are_understood_in_every_language(
    project: Path, make_server: MakeServer
) -> None:
    """Seen in German with Debian's PostgreSQL 15; its translations need no locale but C.UTF-8."""
    with scratch(make_server("auto", ServerNeeds(15)), "german") as database:
        run(database, "CREATE TABLE customers ()")
        with connect(database) as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
            done = take(project, database.url(""), LC_ALL="C.UTF-8", LANGUAGE="de")
        said = failed(done, project, 3)
    assert "could not read" in said
    assert "error: query failed" in said
    assert "a table was locked for 5 s, perhaps by a running migration." in said


def test_a_session_that_the_server_ends_is_an_error(project: Path, large: Database) -> None:
    beside = Database(large.server, "postgres")

    def end_both_sessions() -> None:
        """As soon as pg_dump's is there."""
        while len(fetch_rows(beside, f"SELECT FROM pg_stat_activity WHERE {OURS}", large.name)) < 2:
            time.sleep(0.005)
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}"
        fetch_rows(beside, end, large.name)

    watching = threading.Thread(target=end_both_sessions, daemon=True)
    watching.start()
    said = failed(take(project, large.url("")), project, 3)
    assert "went away while its schema was being read." in said
    broken = ("terminating connection", "server closed the connection", "does not exist")
    assert any(each in said for each in broken)
    assert "run the same command again" in said


@pytest.mark.parametrize("after", [1_000, 20_000, 100_000])
def test_a_lost_connection_is_an_error(project: Path, large: Database, after: int) -> None:
    with breaking_off(large, after=after) as breaking:
        said = failed(take(project, breaking.url("")), project, 3)
    assert "went away while its schema was being read." in said or "cannot be reached" in said


@pytest.fixture
def programs() -> Path:
    """The folder of the embedded PostgreSQL, which has bin, lib and share."""
    (found, *_) = [each.found for each in find_in_wheels() if each.found]
    return found.bindir.parent


@pytest.fixture
def primary(programs: Path) -> Iterator[Server]:
    """A server that can be followed, as throwaway ones cannot."""
    with server_from(programs) as server:
        yield server


def test_a_standby_gives_the_snapshot_that_its_primary_gives(
    project: Path, programs: Path, primary: Server
) -> None:
    run(
        Database(primary, "postgres"),
        "CREATE TABLE customers (id serial PRIMARY KEY); CREATE TABLE tiers (id int);"
        "INSERT INTO tiers VALUES (1);"
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    (project / "rehearsal.toml").write_text('reference_tables = ["tiers"]\n')
    with standby_of(primary, programs) as standby:
        assert fetch_rows(Database(standby, "postgres"), "SELECT pg_is_in_recovery()") == [(True,)]
        done = take(project, Database(standby, "postgres").url(""))
    assert done.returncode == 0, done.stderr
    first = read_snapshot(project / "snapshots" / "production.sql")
    assert first.provenance.revisions == ("a1",)
    assert take(project, Database(primary, "postgres").url("")).returncode == 0
    assert read_snapshot(first.path).sql == first.sql
