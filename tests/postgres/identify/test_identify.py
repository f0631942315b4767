"""`rehearsal identify` on the command line: the revision that a database is at."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.schema.version_table import write_stamp
from alembic_rehearsal.core.values.databases import Database
from support.cli import plain_environment
from support.databases import scratch
from support.identify import as_data, identify
from support.projects import rev, write_project
from support.snapshots import production

ORDERS = "CREATE TABLE orders (id integer PRIMARY KEY)"
TOTAL = "ALTER TABLE orders ADD COLUMN total integer"
HISTORY = [
    rev("a1", f"op.execute({ORDERS!r})", doc="orders"),
    rev("b2", f"op.execute({TOTAL!r})", doc="total"),
    rev("c3", 'op.execute("UPDATE orders SET total = 0")', doc="no empty totals"),
    rev("d4", 'op.execute("CREATE INDEX orders_total ON orders (total)")', doc="index"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, HISTORY)
    return tmp_path


def database_with(database: Database, *statements: str, stamp: Sequence[str] = ()) -> Database:
    with connect(database) as connection:
        for each in statements:
            connection.cursor().execute(each)
        if stamp:
            write_stamp(connection, "public.alembic_version", tuple(stamp))
    return database


def test_an_unstamped_database_is_identified_by_its_schema(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS)
    code, said = identify(project, empty_database.url())
    assert code == 0, said
    assert "stamped with  no revision\n" in said
    assert "schema of     a1  (orders)\n" in said
    assert "alembic stamp --purge a1" in said
    assert empty_database.server.password not in said


def test_revisions_that_change_only_rows_share_a_schema(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS, TOTAL)
    found = as_data(project, empty_database.url())
    assert found["alike"] == [["b2"], ["c3"]]
    assert found["choice"] is None
    _, said = identify(project, empty_database.url())
    assert "rehearsal-init --adopt REVISION" in said


def test_an_empty_merge_is_the_proposed_stamp(tmp_path: Path, empty_database: Database) -> None:
    merge = rev("d4", down=("b2", "c3"))
    note = rev("c3", 'op.execute("CREATE TABLE notes (id integer)")', down=("a1",))
    write_project(tmp_path, [*HISTORY[:2], note, merge])
    database_with(empty_database, ORDERS, TOTAL, "CREATE TABLE notes (id integer)")
    found = as_data(tmp_path, empty_database.url())
    assert found["alike"] == [["b2", "c3"], ["d4"]]
    assert found["choice"] == ["d4"]


def test_one_branch_of_a_fork_is_found(tmp_path: Path, empty_database: Database) -> None:
    note = rev("c3", 'op.execute("CREATE TABLE notes (id integer)")', down=("a1",))
    write_project(tmp_path, [*HISTORY[:2], note])
    database_with(empty_database, ORDERS, "CREATE TABLE notes (id integer)")
    assert as_data(tmp_path, empty_database.url())["alike"] == [["c3"]]


def test_the_nearest_revision_is_named_with_its_differences(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS, TOTAL, "CREATE INDEX by_hand ON orders (total)")
    code, said = identify(project, empty_database.url())
    assert code == 1
    assert "schema of     no revision" in said
    assert "nearest       b2  (total), 1 difference from there:" in said
    assert "index public.by_hand is new" in said


def test_an_empty_database_is_at_no_revision(project: Path, empty_database: Database) -> None:
    found = as_data(project, empty_database.url())
    assert found["alike"] == [[]]


def test_a_right_stamp_is_confirmed(project: Path, empty_database: Database) -> None:
    database_with(empty_database, ORDERS, stamp=["a1"])
    code, said = identify(project, empty_database.url())
    assert code == 0, said
    assert "stamped with  a1, and the schema matches it" in said


def test_a_wrong_stamp_is_found_with_its_differences(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS, stamp=["d4"])
    code, said = identify(project, empty_database.url())
    assert code == 1
    assert "stamped with  d4, but the schema differs from it" in said
    assert "column public.orders.total is missing" in said
    assert "index public.orders_total is missing" in said
    assert "schema of     a1" in said


def test_a_stamp_that_the_history_lacks_does_not_prevent_a_match(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS, stamp=["z9"])
    code, said = identify(project, empty_database.url())
    assert code == 1
    assert "stamped with  z9, of which the history lacks z9" in said
    assert "schema of     a1" in said


def test_a_snapshot_is_identified_with_its_changes_by_hand(project: Path) -> None:
    sql = "CREATE TABLE public.orders (id integer PRIMARY KEY, note text);"
    snapshot = production(project, sql, server_version="18.1")
    code, said = identify(project, snapshot.path)
    assert code == 0, said
    assert "schema of     a1  (orders), as the snapshot of production has it" in said


def test_kinds_that_could_not_be_read_are_named_and_no_stamp_is_proposed(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS)
    with few_rights(empty_database, closed="pg_trigger") as reader:
        code, said = identify(project, reader.url())
        found = as_data(project, reader.url())
    assert code == 0, said
    assert "schema of     a1" in said
    assert "not compared  trigger: this role may not read pg_trigger\n" in said
    assert "alembic stamp" not in said
    assert "rehearsal-init --adopt REVISION" in said
    assert found["alike"] == [["a1"]]
    assert found["choice"] is None
    assert "trigger: this role may not read pg_trigger" in found["not_compared"]


def test_a_role_without_privileges_gets_a_stamp_proposed_if_all_could_be_read(
    project: Path, empty_database: Database
) -> None:
    database_with(empty_database, ORDERS)
    with few_rights(empty_database) as reader:
        found = as_data(project, reader.url())
    assert (found["choice"], found["not_compared"]) == (["a1"], [])


def test_an_object_that_another_branch_changes_too_is_named(
    tmp_path: Path, empty_database: Database
) -> None:
    kind = "CREATE TYPE kind AS ENUM ('a')"
    changes = [
        rev(id, f"""op.execute("ALTER TYPE kind ADD VALUE '{id}'")""", down=("a1",))
        for id in ("b2", "c3")
    ]
    write_project(tmp_path, [rev("a1", f'op.execute("{kind}")'), *changes])
    database_with(empty_database, kind, "ALTER TYPE kind ADD VALUE 'c3'")
    found = as_data(tmp_path, empty_database.url())
    assert ["c3"] in found["alike"]  # and b2, if that was run after c3 when it was recorded
    assert found["choice"] is None
    (line,) = found["not_compared"]
    assert line.startswith("enum public.kind: ")


@contextmanager
def few_rights(database: Database, closed: str = "") -> Iterator[Database]:
    """The database as a role sees it that owns nothing and may not read the `closed` catalog."""
    role = f"reader_{secrets.token_hex(4)}"
    with connect(database) as connection:
        connection.cursor().execute(f"CREATE ROLE {role} LOGIN PASSWORD 'only-here'")
        if closed:
            connection.cursor().execute(f"REVOKE SELECT ON pg_catalog.{closed} FROM PUBLIC")
    server = replace(database.server, user=role, password="only-here")
    try:
        yield replace(database, server=server)
    finally:
        with connect(database) as connection:
            connection.cursor().execute(f"DROP ROLE {role}")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("NOT_SET", "rehearsal identify DATABASE_URL   (a variable that holds it)"),
        ("missing.sql", "does not exist"),
        ("sqlite:///x.db", "is not the URL of a PostgreSQL database"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_an_argument_that_cannot_be_read_is_an_error(project: Path, what: str, said: str) -> None:
    code, text = identify(project, what)
    assert code in (2, 3)
    assert said in text
    assert "secret" not in text


def test_a_stamp_is_what_alembic_itself_would_have_written(
    tmp_path: Path, empty_database: Database
) -> None:
    apart = rev("b1", 'op.execute("CREATE TABLE notes (id integer)")', down=(), depends_on="a1")
    write_project(tmp_path, [HISTORY[0], apart])
    database_with(empty_database, ORDERS, "CREATE TABLE notes (id integer)")
    upgraded = [sys.executable, "-m", "alembic", "upgrade", "heads"]
    with scratch(empty_database.server, "alembic") as own:
        variables = {**plain_environment(), "DATABASE_URL": own.url()}
        ini = (tmp_path / "alembic.ini").read_text()
        (tmp_path / "alembic.ini").write_text(f"{ini}\nsqlalchemy.url = {own.url()}\n")
        subprocess.run(upgraded, cwd=tmp_path, env=variables, check=True, capture_output=True)
        stamp = [
            id for (id,) in fetch_rows(own, "SELECT version_num FROM alembic_version ORDER BY 1")
        ]
    assert as_data(tmp_path, empty_database.url())["choice"] == stamp == ["b1"]
