from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.contents import is_empty, user_tables
from alembic_rehearsal.core.postgres.databases import (
    create_database,
    database_exists,
    database_maker,
    drop_database,
    read_marker,
    seal_template,
    unique_name,
)
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import NoServer, Refused, WrongServer
from support.databases import scratch


def run(database: Database, *statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


def ask(database: Database, query: str) -> object:
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return value


def test_a_connection_has_our_application_name_and_is_closed_afterwards(
    empty_database: Database,
) -> None:
    with connect(empty_database) as connection:
        assert connection.autocommit
        assert ask(empty_database, "SHOW application_name") == "alembic-rehearsal"
    assert connection.closed


def test_a_read_only_connection_cannot_write(empty_database: Database) -> None:
    with (
        pytest.raises(psycopg2.errors.ReadOnlySqlTransaction),
        connect(empty_database, read_only=True) as connection,
    ):
        connection.cursor().execute("CREATE TABLE t ()")


def test_pg_variables_do_not_redirect_a_connection(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOSTADDR": "127.0.0.9",
        "PGOPTIONS": "-c search_path=elsewhere",
        "PGSSLMODE": "require",
        "PGDATABASE": "elsewhere",
    }.items():
        monkeypatch.setenv(name, value)
    assert ask(empty_database, "SELECT current_database()") == empty_database.name
    assert ask(empty_database, "SHOW search_path") == '"$user", public'


def test_an_unreachable_server_is_named_without_its_password(server: Server) -> None:
    nowhere = Database(replace(server, port=1, password="s3cret", socket=""), "postgres")
    with pytest.raises(NoServer) as caught, connect(nowhere):
        pass
    assert "postgres on 127.0.0.1:1 cannot be reached" in caught.value.what
    assert "refused" in caught.value.why
    assert "s3cret" not in caught.value.what + caught.value.why


def test_a_wrong_password_is_reported_and_not_shown(server: Server) -> None:
    wrong = Database(replace(server, password="s3cret", socket=""), "postgres")
    with pytest.raises(NoServer) as caught, connect(wrong):
        pass
    assert "password authentication failed" in caught.value.why
    assert "s3cret" not in caught.value.why


def test_errors_of_statements_pass_as_they_are(empty_database: Database) -> None:
    with (
        pytest.raises(psycopg2.errors.UndefinedTable),
        connect(empty_database) as connection,
    ):
        connection.cursor().execute("SELECT * FROM nothing")


def test_a_new_database_has_the_marker_and_is_empty_and_utf8(server: Server) -> None:
    with scratch(server, "a new one") as database:
        assert read_marker(database) == "alembic-rehearsal a new one"
        assert is_empty(database)
        assert ask(database, "SHOW server_encoding") == "UTF8"
        assert database.name.startswith("rehearsal_a_new_one_")
    assert not database_exists(server, database.name)


def test_a_name_that_is_taken_is_refused(empty_database: Database) -> None:
    with pytest.raises(Refused, match="exists already"):
        create_database(empty_database.server, empty_database.name)


def test_a_role_that_may_not_create_databases_gets_the_statement(server: Server) -> None:
    role = unique_name("role")
    run(Database(server, "postgres"), f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(WrongServer) as caught:
            create_database(replace(server, user=role, password="x"), unique_name("test"))
        assert caught.value.remedies == (f"ALTER ROLE {role} CREATEDB;",)
    finally:
        run(Database(server, "postgres"), f"DROP ROLE {role}")


def test_a_clone_has_the_contents_of_its_template_and_a_marker_of_its_own(
    empty_database: Database,
) -> None:
    run(empty_database, "CREATE TABLE t AS SELECT 42 AS answer")
    seal_template(empty_database)
    with scratch(empty_database.server, "clone", template=empty_database) as clone:
        assert ask(clone, "SELECT answer FROM t") == 42
        assert read_marker(clone) == "alembic-rehearsal clone"


def test_a_sealed_template_ends_its_sessions_and_accepts_no_new_ones(
    empty_database: Database,
) -> None:
    with connect(empty_database) as lingering:
        seal_template(empty_database)
        with pytest.raises(psycopg2.OperationalError):
            lingering.cursor().execute("SELECT 1")
    with pytest.raises(NoServer, match="cannot be reached"), connect(empty_database):
        pass


def test_four_clones_of_one_template_can_be_made_at_once(empty_database: Database) -> None:
    run(empty_database, "CREATE TABLE t ()")
    seal_template(empty_database)

    def clone(_: int) -> int:
        with scratch(empty_database.server, "clone", template=empty_database) as database:
            return len(user_tables(database))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(clone, range(4))) == [1, 1, 1, 1]


def test_a_database_with_a_session_in_it_is_dropped_without_a_wait(server: Server) -> None:
    database = create_database(server, unique_name("test"))
    with connect(database) as lingering:
        begun = time.perf_counter()
        drop_database(database)
        assert time.perf_counter() - begun < 5
        with pytest.raises(psycopg2.OperationalError):
            lingering.cursor().execute("SELECT 1")
    assert not database_exists(server, database.name)


def test_a_database_without_our_marker_is_never_dropped(server: Server) -> None:
    name = unique_name("foreign")
    foreign = Database(server, name)
    run(Database(server, "postgres"), f"CREATE DATABASE {name}")
    try:
        assert read_marker(foreign) is None
        with pytest.raises(Refused, match="was not made by this tool") as caught:
            drop_database(foreign)
        assert server.password not in caught.value.what
        run(Database(server, "postgres"), f"COMMENT ON DATABASE {name} IS 'alembic-rehearsals?'")
        with pytest.raises(Refused):
            drop_database(foreign)
        assert database_exists(server, name)
        run(foreign, "SELECT 1")
    finally:
        run(Database(server, "postgres"), f"DROP DATABASE {name}")


def test_dropping_a_database_that_does_not_exist_is_no_error(server: Server) -> None:
    drop_database(Database(server, unique_name("never_made")))


def test_a_maker_cleans_up_on_a_server_that_stays(server: Server) -> None:
    with database_maker(replace(server, throwaway=False)) as make:
        made = [make("one"), make("two")]
        seal_template(made[0])
        made.append(make("three", made[0]))
        assert all(database_exists(server, each.name) for each in made)
    assert not any(database_exists(server, each.name) for each in made)


def test_a_maker_drops_all_databases_except_the_kept_ones(server: Server) -> None:
    with database_maker(replace(server, throwaway=False)) as make:
        failed, other = make("failed"), make("other")
        make.keep(failed)
    try:
        assert database_exists(server, failed.name)
        assert not database_exists(server, other.name)
    finally:
        drop_database(failed)


def test_a_maker_cleans_up_after_ctrl_c(server: Server) -> None:
    made: list[Database] = []

    def interrupted() -> None:
        with database_maker(replace(server, throwaway=False)) as make:
            made.append(make("interrupted"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not database_exists(server, made[0].name)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t ()",
        "CREATE VIEW v AS SELECT 1",
        "CREATE SEQUENCE s",
        "CREATE TYPE e AS ENUM ('a')",
        "CREATE TYPE c AS (a int)",
        "CREATE DOMAIN d AS int",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA app",
        'CREATE COLLATION mine FROM "C"',
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "SELECT lo_create(0)",
    ],
)
def test_a_database_with_any_user_made_object_is_not_empty(
    empty_database: Database, statement: str
) -> None:
    assert is_empty(empty_database)
    run(empty_database, statement)
    assert not is_empty(empty_database)


def test_a_database_with_extensions_only_is_empty(empty_database: Database) -> None:
    extensions = "citext", "hstore", "pg_stat_statements", "ltree", "postgres_fdw"
    run(empty_database, *(f"CREATE EXTENSION {each}" for each in extensions))
    assert is_empty(empty_database)
    assert len(user_tables(empty_database)) == 0


def test_tables_are_counted_without_views_and_indexes(empty_database: Database) -> None:
    run(
        empty_database,
        "CREATE TABLE a (id serial PRIMARY KEY, t text)",
        "CREATE VIEW v AS SELECT * FROM a",
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
    )
    assert len(user_tables(empty_database)) == 3
