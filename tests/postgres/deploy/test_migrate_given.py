"""`rehearsal migrate` with DATABASE_URL set: that database, upgraded and nothing else."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import database_exists
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.deploy.mutex import hold_mutex
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from support.cli import REHEARSAL, plain_environment, rehearsal
from support.projects import table, write_project
from support.snapshots import production


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of two revisions."""
    write_project(tmp_path, [table("a1", "customers"), table("b1", "orders")])
    return tmp_path


def migrate(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("migrate", *arguments, folder=folder, variables={"DATABASE_URL": url})


def remote(database: Database) -> str:
    """The same database under a host name that does not say that it is this machine."""
    host = database.server.host
    text = database.url("").replace(f"@{host}:", "@db.example.com:")
    return f"{text}?hostaddr={host}"


def revisions(database: Database) -> list[tuple[str]]:
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NULL")
        if cursor.fetchone() == (True,):
            return []
        cursor.execute("SELECT version_num FROM alembic_version")
        return cursor.fetchall()


def test_a_local_database_is_upgraded_without_a_question(
    folder: Path, empty_database: Database
) -> None:
    done = migrate(folder, empty_database.url(""))
    assert done.returncode == 0, done.stderr
    first, *plan = done.stderr.splitlines()
    assert first == f"{empty_database.masked}   (DATABASE_URL)"
    assert plan[:4] == [
        "state     empty",
        "plan      upgrade to b1: 2 revisions pending",
        "            a1  a step",
        "            b1  a step",
    ]
    assert "2 revisions applied, at head b1" in done.stdout
    assert revisions(empty_database) == [("b1",)]
    assert "nothing to do, at head b1" in migrate(folder, empty_database.url("")).stdout
    assert not (folder / ".rehearsal").exists()


def test_a_database_that_does_not_exist_is_not_created(
    folder: Path, empty_database: Database
) -> None:
    absent = Database(empty_database.server, "never_created")
    done = migrate(folder, absent.url(""))
    assert done.returncode == 1
    assert "never_created does not exist, and this command creates no database" in done.stderr
    assert "try: rehearsal-init   (creates it" in done.stderr
    assert not database_exists(absent.server, absent.name)


def test_an_empty_database_is_not_filled_from_the_snapshot(
    folder: Path, empty_database: Database
) -> None:
    production(folder, "CREATE TABLE public.from_production (id integer);")
    done = migrate(folder, empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "from_production" not in dump_schema(empty_database)


def test_tables_without_a_revision_are_left_as_they_are(
    folder: Path, empty_database: Database
) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute("CREATE TABLE users (id int)")
    before = dump_schema(empty_database)
    done = migrate(folder, empty_database.url(""), "--yes")
    assert done.returncode == 1
    assert "holds 1 table (users) and no revision; nothing was changed" in done.stderr
    assert dump_schema(empty_database) == before


def test_bad_urls_end_with_their_exit_codes_and_without_a_password(folder: Path) -> None:
    silent = migrate(folder, "postgresql://me:hunter2@127.0.0.1:1/shop")
    assert (silent.returncode, "Connection refused" in silent.stderr) == (3, True)
    malformed = migrate(folder, "postgresql://me:hunter2@db:port/shop")
    assert (malformed.returncode, "is not a number" in malformed.stderr) == (2, True)
    assert "hunter2" not in silent.stdout + silent.stderr + malformed.stderr


def test_a_wrong_password_is_said_at_once(folder: Path, empty_database: Database) -> None:
    wrong = empty_database.url("").replace(empty_database.server.password, "hunter2")
    done = migrate(folder, wrong)
    assert done.returncode == 3
    assert "password authentication failed" in done.stderr
    assert "hunter2" not in done.stderr


def test_sqlite_is_upgraded(folder: Path) -> None:
    done = migrate(folder, "sqlite:///shop.db")
    assert done.returncode == 0, done.stderr
    assert f"sqlite:///{folder}/shop.db: 2 revisions applied, at head b1" in done.stdout


def test_another_host_is_not_touched_where_nobody_can_be_asked(
    folder: Path, empty_database: Database
) -> None:
    done = migrate(folder, remote(empty_database))
    assert done.returncode == 2
    assert "There is no terminal to ask on" in done.stderr
    assert "--yes" in done.stderr
    assert revisions(empty_database) == []


def test_another_host_is_upgraded_with_yes(folder: Path, empty_database: Database) -> None:
    done = migrate(folder, remote(empty_database), "--yes")
    assert done.returncode == 0, done.stderr
    assert revisions(empty_database) == [("b1",)]


@pytest.mark.parametrize(("answer", "code", "found"), [("n", 1, []), ("y", 0, [("b1",)])])
def test_another_host_is_upgraded_when_a_person_says_so(
    folder: Path, empty_database: Database, answer: str, code: int, found: list[tuple[str]]
) -> None:
    ours, theirs = pty.openpty()
    try:
        task = subprocess.Popen(
            [REHEARSAL, "migrate"],
            cwd=folder,
            env={**plain_environment(), "DATABASE_URL": remote(empty_database)},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        asked = read_until(task, b"Upgrade it? [y/N]:")
        with hold_mutex(empty_database, timeout=0.0, tell=print):
            pass  # no deploy has to wait while a person thinks
        os.write(ours, f"{answer}\n".encode())
        _, err = task.communicate(timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    assert task.returncode == code, asked + err
    assert revisions(empty_database) == found


def read_until(task: subprocess.Popen[str], end: bytes) -> str:
    """What a task writes to stderr until it has written `end`."""
    assert task.stderr is not None
    found = b""
    while not found.endswith(end):
        piece = os.read(task.stderr.fileno(), 4096)
        assert piece, found
        found += piece
    return found.decode()
