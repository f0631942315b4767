"""`rehearsal snapshot take`: production's schema as files that change only when it changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.snapshot.files import read_snapshot
from support.cli import rehearsal
from support.projects import table, write_project
from support.sql import run

pytestmark = pytest.mark.usefixtures("nothing_left")

SHOP = """
    CREATE TYPE tier AS ENUM ('free', 'studio');
    CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, tier tier);
    CREATE INDEX ON customers (email);
    INSERT INTO customers SELECT n, 'row' || n || '@example.org' FROM generate_series(1, 500) n;
    CREATE TABLE "Orders of ☃" (id int);
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
    ANALYZE;
"""


@pytest.fixture
def production(empty_database: Database) -> Database:
    run(empty_database, SHOP)
    return empty_database


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the path of a snapshot that does not exist yet."""
    write_project(tmp_path, [table("a1", "customers")])
    (tmp_path / "rehearsal.toml").write_text('snapshot = "db/live.sql"\n')
    return tmp_path


def take(project: Path, database: Database, *more: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", database.url(""), *more, folder=project)


def files(project: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in (project / "db").iterdir()}


def test_the_first_snapshot_goes_where_the_settings_say(
    project: Path, production: Database
) -> None:
    done = take(project, production)
    assert done.returncode == 0, done.stderr
    assert f"wrote {project}/db/live.sql and its provenance: a1, 3 tables" in done.stderr
    assert set(files(project)) == {"live.sql", "live.toml"}


def test_the_provenance_has_productions_revision_and_server(
    project: Path, production: Database
) -> None:
    take(project, production)
    provenance = read_snapshot(project / "db" / "live.sql").provenance
    assert provenance.revisions == ("a1",)
    assert provenance.version_table == "public.alembic_version"
    assert provenance.server_version == production.server.version.split()[0]
    assert provenance.tables["public.customers"].rows == 500
    assert 'public."Orders of ☃"' in provenance.tables
    assert "plpgsql" in provenance.extensions


def test_no_row_leaves_production(project: Path, production: Database) -> None:
    take(project, production)
    for content in files(project).values():
        assert b"example.org" not in content
        assert b"COPY" not in content


def test_a_second_snapshot_of_one_schema_is_the_same_bytes(
    project: Path, production: Database
) -> None:
    take(project, production)
    before = files(project)
    run(production, "INSERT INTO customers VALUES (0, 'new'); ANALYZE")
    take(project, production)
    assert files(project) == before


def test_a_snapshot_elsewhere_is_the_same_schema(project: Path, production: Database) -> None:
    take(project, production)
    take(project, production, "--to", "db/other.sql")
    assert files(project)["live.sql"] == files(project)["other.sql"]


def test_a_changed_schema_and_a_new_stamp_are_taken(project: Path, production: Database) -> None:
    take(project, production)
    before = files(project)
    run(production, "UPDATE alembic_version SET version_num = 'b2'")
    take(project, production)
    assert files(project)["live.sql"] == before["live.sql"]
    assert b'revisions = ["b2"]' in files(project)["live.toml"]
    run(production, "ALTER TABLE customers ADD COLUMN name text")
    take(project, production)
    assert b"name text" in files(project)["live.sql"]


def test_a_database_without_a_stamp_gives_no_revision(
    project: Path, empty_database: Database
) -> None:
    done = take(project, empty_database)
    assert "and its provenance: no revision, 0 tables" in done.stderr
    assert read_snapshot(project / "db" / "live.sql").provenance.revisions == ()


def test_a_snapshot_can_be_rehearsed_on(project: Path, production: Database) -> None:
    take(project, production)
    done = rehearsal("run", "--server", "embedded", folder=project)
    assert "production  at a1, 0 pending" in done.stdout
    assert "s  upgrade from the snapshot" in done.stdout


def test_the_password_is_never_printed_or_written(project: Path, production: Database) -> None:
    done = take(project, production)
    assert production.masked in done.stderr
    assert production.server.password not in done.stdout + done.stderr
    assert production.server.password.encode() not in b"".join(files(project).values())


def test_a_schema_that_is_locked_is_not_waited_for_and_nothing_is_written(
    project: Path, production: Database
) -> None:
    with connect(production) as connection:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        done = take(project, production)
    assert done.returncode == 3
    assert "a table was locked for 5 s, perhaps by a running migration." in done.stderr
    assert not (project / "db").exists()


def test_a_snapshot_is_not_replaced_by_that_of_another_database(
    project: Path, production: Database
) -> None:
    take(project, production)
    before = files(project)
    done = take(project, Database(production.server, "postgres"))
    assert done.returncode == 1
    assert "is at no revision" in done.stderr
    assert files(project) == before


def test_the_url_may_be_in_a_variable_so_that_no_process_list_shows_it(
    project: Path, production: Database
) -> None:
    variables = {"PRODUCTION_URL": production.url("")}
    taken = ("snapshot", "take", "--from", "PRODUCTION_URL")
    assert rehearsal(*taken, folder=project, variables=variables).returncode == 0
    missing = rehearsal(*taken, folder=project)
    assert missing.returncode == 2
    assert "no variable of this name" in missing.stderr
