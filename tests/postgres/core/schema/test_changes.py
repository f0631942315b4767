"""Every single change is reported by name and changes the fingerprint; a non-change does not."""

from __future__ import annotations

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database
from support.pg_dump import dump_everything
from support.schema_changes import CHANGES
from support.schema_changes.nothing import COSMETIC, NOTHING
from support.schema_changes.seen import Seen

# The picture has this, and pg_dump does not print it.
BEYOND_PG_DUMP = {"an extension's version"}


def run(connection: Connection, statements: str) -> None:
    if statements:
        connection.cursor().execute("SET allow_system_table_mods = on")
        connection.cursor().execute(statements)


def name(case: Seen) -> str:
    return case.name


def test_there_are_enough_changes() -> None:
    assert len({case.name for case in CHANGES}) == len(CHANGES) > 150
    assert {case.name for case in CHANGES} >= BEYOND_PG_DUMP


@pytest.mark.parametrize("case", CHANGES, ids=name)
def test_a_single_change_is_reported_by_name(case: Seen, empty_database: Database) -> None:
    with connect(empty_database) as connection, read_only_session(empty_database) as session:
        run(connection, case.setup)
        if empty_database.server.major < case.since:
            with pytest.raises(psycopg2.Error):
                run(connection, case.change)
            return
        reader = IncrementalReader(session)
        before, dump = reader.read_picture(), dump_everything(empty_database)
        run(connection, case.change)
        after = reader.read_picture()
        whole = read_database_picture(empty_database)
        changed = dump_everything(empty_database) != dump
        if case.after:
            run(connection, case.after)

    assert after == whole
    found = compare(before, after)
    assert len(found) == len(case.words), [each.text for each in found]
    for each, words in zip(found, case.words, strict=True):
        assert each.real
        assert each.text.startswith(words)
    assert before.fingerprint != after.fingerprint
    assert changed == (case.name not in BEYOND_PG_DUMP)
    assert not before.unread
    assert not before.unknown


@pytest.mark.parametrize("case", NOTHING, ids=name)
def test_statements_without_a_change_are_not_reported(case: Seen, empty_database: Database) -> None:
    with connect(empty_database) as connection:
        run(connection, case.setup)
        before = read_database_picture(empty_database)
        run(connection, case.change)
        after = read_database_picture(empty_database)
    assert compare(before, after) == ()
    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize("case", COSMETIC, ids=name)
def test_a_cosmetic_change_is_reported_and_keeps_the_fingerprint(
    case: Seen, empty_database: Database
) -> None:
    with connect(empty_database) as connection:
        run(connection, case.setup)
        before = read_database_picture(empty_database)
        run(connection, case.change)
        after = read_database_picture(empty_database)
    found = compare(before, after)
    assert [each.text for each in found] == list(case.words)
    assert not any(each.real for each in found)
    assert before.fingerprint == after.fingerprint


def test_owners_and_grants_are_compared_on_request(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        run(connection, "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t")
        before = read_database_picture(empty_database)
        run(
            connection,
            "GRANT SELECT ON t TO pg_monitor; GRANT UPDATE (a) ON t TO pg_monitor;"
            "ALTER VIEW v OWNER TO pg_monitor; GRANT CREATE ON SCHEMA public TO pg_monitor;"
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor",
        )
        after = read_database_picture(empty_database)
    assert compare(before, after) == ()
    assert before.fingerprint == after.fingerprint
    assert before.fingerprint_with_rights != after.fingerprint_with_rights
    named = {
        f"{each.kind} {each.name} {each.attribute}" for each in compare(before, after, rights=True)
    }
    assert named == {
        "column public.t.a privileges",
        "default privileges tables of postgres in public ",
        "schema public privileges",
        "table public.t privileges",
        "view public.v owner",
    }


def test_a_revoked_grant_leaves_no_trace(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        run(connection, "CREATE TABLE t (a int)")
        before = read_database_picture(empty_database)
        run(connection, "GRANT SELECT ON t TO pg_monitor; REVOKE SELECT ON t FROM pg_monitor")
        after = read_database_picture(empty_database)
    assert compare(before, after, rights=True) == ()
