"""A schema keeps its fingerprint through dump and restore, on this major and on others."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.errors import WrongServer
from support.databases import scratch
from support.other_majors import server_from
from support.pg_dump import dump_everything, restore
from support.schema_changes import CHANGES
from support.schema_changes.seen import Seen

OTHER_MAJORS = Path(os.environ.get("REHEARSAL_OTHER_MAJORS", "/nonexistent"))
# pg_dump's text of these cannot be restored.
LEFT_OUT = {"an invalid index", "a language"}


def left_out(case: Seen) -> bool:
    """A database with a subscription could not be dropped, so no subscription is created."""
    return case.name in LEFT_OUT or "SUBSCRIPTION" in case.setup + case.change


def test_dump_and_restore_keep_the_fingerprint(server: Server) -> None:
    """The objects of all single changes together, each set in its own schema."""
    with scratch(server, "origin") as origin, scratch(server, "restored") as restored:
        made = 0
        with connect(origin) as connection:
            cursor = connection.cursor()
            for number, case in enumerate(CHANGES):
                if left_out(case) or server.major < case.since:
                    continue
                cursor.execute(f"CREATE SCHEMA s{number}; SET search_path = s{number}")
                try:
                    cursor.execute(case.setup + ";" + case.change)
                    made += 1
                except psycopg2.Error:  # two of one name that no schema tells apart
                    cursor.execute(f"DROP SCHEMA s{number} CASCADE")
        assert made > 100
        restore(dump_everything(origin), restored)
        first, second = read_database_picture(origin), read_database_picture(restored)
    assert [each.text for each in compare(first, second, rights=True) if each.real] == []
    assert first.fingerprint == second.fingerprint


RESTORED_OTHERWISE = {
    "a column whose unique constraint has its former name": (
        "CREATE TABLE t (b int UNIQUE); ALTER TABLE t RENAME b TO a"
    ),
    "a column whose index has its former name": (
        "CREATE TABLE t (b int, c text); CREATE INDEX ON t (b, lower(c));"
        "ALTER TABLE t RENAME b TO a"
    ),
    "a domain's default that was written under another search_path": (
        "CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN d AS mood DEFAULT 'ok'"
    ),
    "a list of values of a varchar": (
        "CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'it''s, [so]')), n smallint,"
        " CHECK (a NOT IN ('y', 'z')), CHECK (a = ANY (ARRAY['p', NULL]::varchar[])));"
        "CREATE INDEX ON t (n) WHERE a IN ('x', 'y');"
        "CREATE VIEW v AS SELECT n FROM t WHERE a IN ('x', 'y') AND n = ANY ('{1}'::int[])"
    ),
    "a schema public that was made again": (
        "DROP SCHEMA public; CREATE SCHEMA public;"
        "COMMENT ON SCHEMA public IS 'standard public schema'"
    ),
    "a schema public that was renamed": "ALTER SCHEMA public RENAME TO former",
}


@pytest.mark.parametrize("statements", RESTORED_OTHERWISE.values(), ids=RESTORED_OTHERWISE)
def test_what_a_restore_writes_differently_is_the_same_schema(
    statements: str, server: Server
) -> None:
    with scratch(server, "origin") as origin, scratch(server, "restored") as restored:
        with connect(origin) as connection, connect(restored) as other:
            connection.cursor().execute(statements)
            if "RENAME TO former" in statements:
                other.cursor().execute("DROP SCHEMA public")
        restore(dump_everything(origin), restored)
        first, second = read_database_picture(origin), read_database_picture(restored)
    assert [each.text for each in compare(first, second) if each.real] == []
    assert first.fingerprint == second.fingerprint


@pytest.mark.skipif(not OTHER_MAJORS.is_dir(), reason="REHEARSAL_OTHER_MAJORS names no folder")
@pytest.mark.parametrize("major", ["12", "13", "14", "16", "17"])
def test_other_majors_show_every_change_that_they_know(major: str) -> None:
    """Too slow for every push; `other_majors` has the servers."""
    with server_from(OTHER_MAJORS / major) as server:
        if server.major < 13:
            with scratch(server, "old") as database, pytest.raises(WrongServer, match="13 on"):
                read_database_picture(database)
            return
        for case in CHANGES:
            if server.major < case.since:
                continue
            with scratch(server, "major") as database:
                with connect(database) as connection, read_only_session(database) as session:
                    cursor = connection.cursor()
                    cursor.execute("SET allow_system_table_mods = on;" + case.setup)
                    reader = IncrementalReader(session)
                    before = reader.read_picture()
                    cursor.execute(case.change)
                    after = reader.read_picture()
                    assert after == read_database_picture(database), case.name
                    if case.after:
                        for statement in case.after.split(";"):
                            cursor.execute(statement)
                assert any(each.real for each in compare(before, after)), case.name
                assert before.fingerprint != after.fingerprint
