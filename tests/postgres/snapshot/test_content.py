"""The content of a snapshot: the schema unchanged, and no rows or credentials."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.restore import restore
from support.cli import rehearsal
from support.databases import scratch
from support.projects import table, write_project
from support.sql import run

WORD = "recognisable"
NUMBER = 7_654_321
# Rows wherever PostgreSQL keeps some, and statistics of all of them.
ROWS = f"""
    CREATE TABLE plain (id serial PRIMARY KEY, word text, tags text[], data jsonb);
    INSERT INTO plain (word, tags, data) SELECT '{WORD}' || n % 3, ARRAY['{WORD}'],
        '{{"{WORD}": {NUMBER}}}' FROM generate_series(1, 300) n;
    CREATE INDEX ON plain (upper(word)); CREATE STATISTICS st ON word, tags FROM plain;
    CREATE TABLE toasted (long text); INSERT INTO toasted VALUES (repeat('{WORD} ', 90000));
    CREATE TABLE parted (word text) PARTITION BY HASH (word);
    CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    INSERT INTO parted SELECT '{WORD}' FROM generate_series(1, 100);
    CREATE TABLE child (more text) INHERITS (plain); INSERT INTO child (word) VALUES ('{WORD}');
    CREATE UNLOGGED TABLE unlogged AS SELECT '{WORD}' AS word;
    CREATE MATERIALIZED VIEW seen AS SELECT word FROM plain;
    CREATE SEQUENCE counted; SELECT setval('counted', {NUMBER});
    SELECT setval('plain_id_seq', {NUMBER});
    SELECT lo_from_bytea(0, '{WORD}'::bytea);
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
    ANALYZE;
"""
# What a careless way of making text stable would change.
BODY = (
    "BEGIN\n  RETURN 1;   \n\n\n\nSET lock_timeout = 0;\r\n-- Dumped by pg_dump version 9\n\t\nEND"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


@pytest.fixture
def latin(server: Server) -> Iterator[Database]:
    """A database whose encoding is LATIN1."""
    database = Database(server, "rehearsal_latin")
    run(
        Database(server, "postgres"),
        "CREATE DATABASE rehearsal_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )
    yield database
    run(Database(server, "postgres"), "DROP DATABASE rehearsal_latin")


def take(project: Path, database: Database) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", database.url(""), folder=project)


def text_of(project: Path) -> str:
    return (project / "snapshots" / "production.sql").read_bytes().decode()


def test_no_row_and_no_statistics_are_in_anything_written_or_printed(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, ROWS)
    assert fetch_rows(
        empty_database, "SELECT FROM pg_stats WHERE most_common_vals::text ~ %s", WORD
    )
    done = take(project, empty_database)
    assert done.returncode == 0, done.stderr
    written = [each.read_bytes() for each in project.rglob("*") if each.is_file()]
    for each in (*written, done.stdout.encode(), done.stderr.encode()):
        assert WORD.encode() not in each
        assert str(NUMBER).encode() not in each
        assert WORD.encode().hex().encode() not in each
    assert "CREATE MATERIALIZED VIEW public.seen" in text_of(project)


def test_no_row_is_in_what_a_snapshot_that_fails_prints(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, ROWS + f"ALTER TABLE plain ADD CHECK (word <> '{WORD}x')")
    with connect(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE plain")
        done = take(project, empty_database)
    assert done.returncode == 3
    assert WORD not in done.stdout + done.stderr


@pytest.mark.parametrize("quote", ["$$", "$body$", "'"])
def test_the_bodies_of_functions_are_not_changed(
    project: Path, empty_database: Database, quote: str
) -> None:
    body = BODY if quote != "'" else BODY.replace("1;", "length($$it$$);")
    with connect(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SET check_function_bodies = off; CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS "
            f"{quote}{body}{quote}"
        )
    run(empty_database, "COMMENT ON FUNCTION f() IS E'two  \\n\\n\\n\\nlines \\u2028 \\x0c end '")
    assert take(project, empty_database).returncode == 0
    with scratch(empty_database.server, "restored") as other:
        restore(read_snapshot(project / "snapshots" / "production.sql"), other)
        query = "SELECT prosrc, obj_description(oid) FROM pg_proc WHERE proname = 'f'"
        assert fetch_rows(other, query) == fetch_rows(empty_database, query)


def test_a_database_of_another_encoding_is_taken_as_utf_8(project: Path, latin: Database) -> None:
    run(latin, 'CREATE TABLE "caf\u00e9" (); COMMENT ON TABLE "caf\u00e9" IS \'Stra\u00dfe\'')
    assert take(project, latin).returncode == 0
    assert "COMMENT ON TABLE public.\"caf\u00e9\" IS 'Stra\u00dfe';" in text_of(project)
    assert read_snapshot(project / "snapshots" / "production.sql").provenance.encoding == "LATIN1"


def test_options_of_user_mappings_are_left_out_and_the_mappings_stay(
    project: Path, empty_database: Database
) -> None:
    run(
        empty_database,
        """
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER "s (1)" FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR PUBLIC SERVER "s (1)"
            OPTIONS ("user" 'someone', password E'one);\n''two\\\\ OPTIONS (three');
        CREATE USER MAPPING FOR postgres SERVER "s (1)" OPTIONS (password 'four');
        CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN
CREATE USER MAPPING FOR public SERVER "s (1)" OPTIONS (password 'of a body'); END $$;
        """,
    )
    assert take(project, empty_database).returncode == 0
    text = text_of(project)
    assert 'CREATE USER MAPPING FOR public SERVER "s (1)";\n' in text
    assert 'CREATE USER MAPPING FOR postgres SERVER "s (1)";\n' in text
    for word in ("someone", "one);", "two", "three", "four"):
        assert word not in text
    assert "OPTIONS (password 'of a body'); END" in text
    with scratch(empty_database.server, "restored") as other:
        restore(read_snapshot(project / "snapshots" / "production.sql"), other)


def test_the_connections_of_subscriptions_are_left_out(
    project: Path, empty_database: Database
) -> None:
    run(
        empty_database,
        "CREATE SUBSCRIPTION sub CONNECTION 'host=elsewhere user=u password=hunter2' "
        "PUBLICATION p WITH (connect = false)",
    )
    try:
        done = take(project, empty_database)
    finally:
        run(empty_database, "ALTER SUBSCRIPTION sub SET (slot_name = NONE)")
        run(empty_database, "DROP SUBSCRIPTION sub")
    assert done.returncode == 0, done.stderr
    assert not [
        word
        for word in ("hunter2", "elsewhere")
        if word in text_of(project) + done.stderr + done.stdout
    ]
