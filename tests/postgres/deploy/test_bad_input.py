"""The initializer where it cannot work: what, why, what to type; and nothing changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.postgres.programs.installations import find_in_wheels
from alembic_rehearsal.core.values.databases import Database, Server
from support.cli import REHEARSAL, TIMEOUT, plain_environment
from support.other_majors import server_from, standby_of
from support.pooler import lent_by_transaction
from support.projects import table, write_project
from support.relay import breaking_off

INIT = str(Path(REHEARSAL).with_name("rehearsal-init"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


def init(folder: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [INIT, *options],
        cwd=folder,
        env={**plain_environment(), "DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def failed(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_pooler_that_lends_sessions_by_transaction_is_named_and_nothing_is_changed(
    project: Path, empty_database: Database
) -> None:
    with lent_by_transaction(empty_database) as pooled:
        said = failed(init(project, pooled.url("")), 1)
    assert "is behind a pooler that shares server sessions between clients." in said
    assert "the lock that keeps other copies out belongs to a session" in said
    assert "the server's own address" in said
    assert fetch_rows(empty_database, "SELECT to_regclass('customers')::text") == [(None,)]


@pytest.fixture
def primary() -> Iterator[Server]:
    """A server that can be followed, as throwaway ones cannot."""
    (found, *_) = [each.found for each in find_in_wheels() if each.found]
    with server_from(found.bindir.parent) as server:
        yield server


def test_a_standby_is_named_where_something_is_to_be_done(project: Path, primary: Server) -> None:
    (found, *_) = [each.found for each in find_in_wheels() if each.found]
    database = Database(primary, "postgres")
    with standby_of(primary, found.bindir.parent) as standby:
        said = failed(init(project, Database(standby, "postgres").url("")), 1)
        assert "is a standby, which cannot be written; nothing was changed." in said
        assert init(project, database.url("")).returncode == 0
        (position,) = fetch_rows(database, "SELECT pg_current_wal_lsn()::text")
        with connect(Database(standby, "postgres")) as connection, connection.cursor() as cursor:
            replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
            cursor.execute(replayed, position)
            while cursor.fetchone() != (True,):
                cursor.execute(replayed, position)
        done = init(project, Database(standby, "postgres").url(""))
    assert done.returncode == 0, done.stderr
    assert "nothing to do, at head a1" in done.stdout


@pytest.mark.parametrize("after", [500, 4_000])
def test_a_server_that_goes_away_half_way_is_reported(
    project: Path, empty_database: Database, after: int
) -> None:
    with breaking_off(empty_database, after=after) as breaking:
        done = init(project, breaking.url(""), "--wait", "0")
    assert done.returncode in (1, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert init(project, empty_database.url("")).returncode == 0


def test_a_history_without_any_revision_is_reported(
    tmp_path: Path, empty_database: Database
) -> None:
    write_project(tmp_path, [])
    done = init(tmp_path, empty_database.url(""))
    assert "there is no revision in" in failed(done, 1)


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/shop", 3, "127.0.0.1:1 cannot be reached"),
        ("mysql://nobody:secret@127.0.0.1/shop", 2, "mysql"),
    ],
)
def test_an_unusable_url_is_reported_without_its_password(
    project: Path, url: str, code: int, said: str
) -> None:
    error = failed(init(project, url, "--wait", "0"), code)
    assert said in error
    assert "secret" not in error
