"""An incremental reader returns the same picture as a complete read after every change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture, read_picture
from alembic_rehearsal.core.values.databases import Database, Server
from support.databases import scratch

SCHEMA = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN small AS int CHECK (VALUE < 9);
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
    CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
    CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
    CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
    CREATE TABLE p (id serial PRIMARY KEY, m mood DEFAULT 'sad', s small, x int CHECK (f(x) > 0));
    CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY, p_id int REFERENCES p (id));
    CREATE INDEX c_f ON c (f(p_id));
    CREATE INDEX c_p ON c (p_id) WHERE f(p_id) > 0;
    CREATE TABLE uses (
        a int DEFAULT f(1), b int GENERATED ALWAYS AS (f(a)) STORED,
        EXCLUDE USING btree (f(a) WITH =) WHERE (f(b) > 0)
    );
    CREATE POLICY of_f ON uses USING (f(a) > 0) WITH CHECK (f(a) > 1);
    CREATE RULE of_f AS ON DELETE TO uses WHERE f(OLD.a) > 0 DO INSTEAD NOTHING;
    CREATE MATERIALIZED VIEW stored AS SELECT f(a) AS a FROM uses;
    CREATE DOMAIN limited AS int DEFAULT f(2) CHECK (f(VALUE) > 0);
    CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int);
    CREATE FUNCTION preset(a int DEFAULT f(3)) RETURNS int LANGUAGE sql AS 'SELECT a';
    CREATE VIEW v AS SELECT p.id, m, f(x) AS y FROM p WHERE m <> 'ok';
    CREATE VIEW w AS SELECT id FROM v;
    CREATE TRIGGER r BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION g();
    CREATE TRIGGER s AFTER UPDATE ON p FOR EACH ROW WHEN (f(OLD.x) > 0) EXECUTE FUNCTION g();
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
    CREATE COLLATION posix (LOCALE = 'C');
    CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
    CREATE TABLE operated (
        a int DEFAULT ((1 === 2)::int) CHECK (a === 1), b bool GENERATED ALWAYS AS (a === 2) STORED,
        c text COLLATE posix CHECK (c COLLATE posix > 'a'), d text
    );
    CREATE INDEX operated_a ON operated ((a === 3)) WHERE a === 4;
    CREATE INDEX operated_d ON operated (d COLLATE posix);
    CREATE INDEX operated_words ON operated USING gin (to_tsvector('words'::regconfig, d));
    CREATE VIEW of_operators AS SELECT a === 1 AS a, d COLLATE posix AS d FROM operated;
    CREATE POLICY y ON c USING (EXISTS (SELECT FROM p WHERE id = p_id));
    CREATE RULE d AS ON DELETE TO c DO INSTEAD NOTHING;
    CREATE STATISTICS e (dependencies) ON id, x FROM p;
    CREATE TABLE parts (k int) PARTITION BY RANGE (f(k));
    CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE INDEX parts_k ON parts (k);
    CREATE SCHEMA tablefunc; CREATE EXTENSION tablefunc SCHEMA tablefunc;
    CREATE TYPE pair AS (a int, b text);
    CREATE FUNCTION of_p(p) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION of_moods(mood[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE felt AS (m mood, n int);
    CREATE TABLE mooded (m mood, n int);
    CREATE TYPE moods AS RANGE (subtype = mood);
    CREATE TABLE constants (
        a felt DEFAULT '(ok,1)', b moods DEFAULT '[sad,ok]', c felt[] DEFAULT '{"(ok,1)"}'
    );
    CREATE VIEW of_constants AS SELECT '(ok,1)'::felt AS a, '(ok,)'::mooded AS b;
    CREATE FUNCTION defaulted(a felt DEFAULT '(ok,1)') RETURNS int LANGUAGE sql AS 'SELECT 1';
"""

# A rename changes the text of dependent objects, and none of their catalog rows.
CHANGES = (
    "ALTER TABLE p RENAME TO q",
    "ALTER TABLE p RENAME id TO pid",
    "ALTER TABLE p RENAME m TO feeling",
    "ALTER TYPE mood RENAME TO humour",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    "ALTER DOMAIN small RENAME TO tiny",
    "ALTER FUNCTION f(int) RENAME TO h",
    "ALTER FUNCTION plus(int, int) RENAME TO h",
    "ALTER FUNCTION same(int, int) RENAME TO h",
    "CREATE SCHEMA s; ALTER FUNCTION f(int) SET SCHEMA s",
    "CREATE SCHEMA s; ALTER TYPE mood SET SCHEMA s",
    "CREATE SCHEMA s; ALTER TYPE moods SET SCHEMA s",
    "CREATE SCHEMA s; ALTER OPERATOR === (int, int) SET SCHEMA s",
    "CREATE SCHEMA s; ALTER COLLATION posix SET SCHEMA s",
    "ALTER COLLATION posix RENAME TO c",
    "ALTER TEXT SEARCH CONFIGURATION words RENAME TO terms",
    "ALTER TYPE felt RENAME TO feelings",
    "ALTER TYPE felt ADD ATTRIBUTE o int",
    "ALTER TYPE moods RENAME TO tempers",
    "ALTER TABLE mooded RENAME TO r_mood",
    "ALTER FUNCTION g() RENAME TO h",
    "ALTER SEQUENCE p_id_seq RENAME TO numbers",
    "ALTER SEQUENCE p_id_seq OWNED BY NONE",
    "ALTER SEQUENCE c_id_seq INCREMENT 7",
    "ALTER SEQUENCE c_id_seq RENAME TO other",
    "ALTER TABLE parts RENAME TO pieces",
    "ALTER TYPE pair RENAME TO couple",
    "CREATE SCHEMA s; ALTER TABLE p SET SCHEMA s",
    "ALTER SCHEMA public RENAME TO s",
    "ALTER ROLE {role} RENAME TO {role}_again",
    "DROP TABLE p CASCADE",
    "DROP TYPE mood CASCADE",
    "DROP INDEX c_f",
    "DROP INDEX c_f; CREATE INDEX p_x ON p (x)",
    "DROP VIEW w; CREATE VIEW w AS SELECT m FROM v",
    "DROP TRIGGER r ON p",
    "DROP POLICY y ON c",
    "DROP RULE d ON c",
    "DROP STATISTICS e",
    "ALTER TABLE p DROP CONSTRAINT p_x_check",
    "ALTER DOMAIN small DROP CONSTRAINT small_check",
    "ALTER TABLE c RENAME TO old; ALTER TABLE p RENAME TO c; ALTER TABLE old RENAME TO p",
    "ALTER TABLE parts DETACH PARTITION part",
    "DROP TABLE part",
    "COMMENT ON VIEW v IS 'x'",
    "COMMENT ON INDEX c_f IS 'x'",
    "COMMENT ON TYPE pair IS 'x'",
    "COMMENT ON COLUMN pair.a IS 'x'",
    "COMMENT ON TRIGGER r ON p IS 'x'",
    "ALTER INDEX c_f SET (fillfactor = 50)",
    "ALTER INDEX c_f RENAME TO c_g",
    "GRANT SELECT ON p TO {role}",
    "GRANT SELECT (x) ON p TO {role}",
    "GRANT USAGE ON TYPE pair TO {role}",
    "REVOKE USAGE ON TYPE mood FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {role}",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC",
    "GRANT SELECT ON pg_catalog.pg_authid TO {role}",
    "GRANT SELECT (rolname) ON pg_catalog.pg_authid TO {role}",
    "REVOKE USAGE ON TYPE pg_catalog.int4 FROM PUBLIC",
    "GRANT CREATE ON SCHEMA pg_catalog TO {role}",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION tablefunc.normal_rand(int, float8, float8) TO {role}",
    "REVOKE USAGE ON TYPE tablefunc.tablefunc_crosstab_2 FROM PUBLIC",
    "COMMENT ON SCHEMA public IS NULL",
    "CREATE INDEX parts_again ON parts (k DESC)",
    "ALTER INDEX parts_k RENAME TO parts_of_k",
    "CREATE INDEX parts_again ON parts (k DESC); ALTER INDEX parts_k RENAME TO parts_of_k",
    "DROP FUNCTION of_p(p); CREATE FUNCTION of_p(p) RETURNS text LANGUAGE sql AS 'SELECT ''1'''",
)


@contextmanager
def reader_on(connection: Connection) -> Iterator[IncrementalReader]:
    """An incremental reader on a connection of the project, as between two migrations."""

    def run_sql(statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    yield IncrementalReader(run_sql)


@pytest.fixture
def filled(empty_database: Database) -> Iterator[Database]:
    role = f"role_{empty_database.name}"
    with connect(empty_database) as connection:
        connection.cursor().execute(SCHEMA + f"CREATE ROLE {role}; ALTER VIEW w OWNER TO {role}")
        yield empty_database
        cursor = connection.cursor()
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname ~ %s", [f"^{role}"])
        for (each,) in cursor.fetchall():
            cursor.execute(f"DROP OWNED BY {each} CASCADE; DROP ROLE {each}")


def assert_same(seen: Picture, truth: Picture) -> None:
    assert [each.text for each in compare(seen, truth, rights=True)] == []
    assert seen == truth
    assert seen.fingerprint_with_rights == truth.fingerprint_with_rights


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_picture_equals_a_complete_read(change: str, filled: Database) -> None:
    with connect(filled) as connection, read_only_session(filled) as session:
        reader = IncrementalReader(session)
        before = reader.read_picture()
        connection.cursor().execute(change.format(role=f"role_{filled.name}"))
        assert_same(reader.read_picture(), read_database_picture(filled))
        assert reader.read_picture() != before


@pytest.mark.parametrize("change", CHANGES)
def test_it_sees_changes_of_its_own_transaction_and_what_a_rollback_undid(
    change: str, filled: Database
) -> None:
    with connect(filled) as connection, reader_on(connection) as reader:
        before = reader.read_picture()
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute("CREATE TABLE earlier (a int)")
        reader.read_picture()
        cursor.execute("SAVEPOINT here")
        cursor.execute(change.format(role=f"role_{filled.name}"))
        inside = reader.read_picture()
        cursor.execute("ROLLBACK TO here")
        back = reader.read_picture()
        assert [each.text for each in compare(before, back, rights=True)] == [
            "table public.earlier is new"
        ]
        cursor.execute(change.format(role=f"role_{filled.name}"))
        assert_same(reader.read_picture(), inside)
        cursor.execute("COMMIT")
        assert_same(reader.read_picture(), read_database_picture(filled))


def test_a_subscription_of_another_database_does_not_change_the_picture(
    filled: Database, server: Server
) -> None:
    with (
        scratch(server, "other") as other,
        connect(other) as elsewhere,
        read_only_session(filled) as session,
    ):
        reader = IncrementalReader(session)
        before = reader.read_picture()
        elsewhere.cursor().execute(
            "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)"
        )
        assert reader.read_picture() is before
        elsewhere.cursor().execute("ALTER SUBSCRIPTION sub SET (slot_name = NONE)")
        elsewhere.cursor().execute("DROP SUBSCRIPTION sub")


def test_the_same_picture_comes_back_where_nothing_changed(filled: Database) -> None:
    with connect(filled) as connection, read_only_session(filled) as session:
        reader = IncrementalReader(session)
        before = reader.read_picture()
        connection.cursor().execute("INSERT INTO p (x) VALUES (1); ANALYZE p")
        assert reader.read_picture() is before


def test_reading_changes_no_setting_of_the_connection(filled: Database) -> None:
    with connect(filled) as connection, reader_on(connection) as reader:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL search_path = pg_temp, public; SET TimeZone = 'Asia/Tokyo'")
        reader.read_picture()
        cursor.execute("SELECT current_setting('search_path'), current_setting('TimeZone')")
        assert cursor.fetchall() == [("pg_temp, public", "Asia/Tokyo")]


def test_definitions_do_not_depend_on_the_settings_of_the_connection(filled: Database) -> None:
    with connect(filled) as connection:
        connection.cursor().execute(
            "CREATE TABLE times (t timestamptz DEFAULT '2026-01-02 03:04:05+00', i interval "
            "DEFAULT '1 day 2 hours', f float8 DEFAULT 0.1, b bytea DEFAULT 'x', "
            "s text DEFAULT E'a\\\\b')"
        )
        connection.cursor().execute(
            "SET search_path = pg_catalog, public; SET TimeZone = 'Asia/Tokyo';"
            "SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601';"
            "SET quote_all_identifiers = on; SET bytea_output = 'escape';"
            "SET standard_conforming_strings = off"
        )
        with reader_on(connection) as reader:
            assert_same(reader.read_picture(), read_database_picture(filled))


HOSTILE = """
    CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql AS
        'begin raise exception ''code of the project was called''; end'
"""


def test_no_function_of_the_project_is_called(filled: Database) -> None:
    with connect(filled) as connection:
        before = read_database_picture(filled)
        connection.cursor().execute(HOSTILE)
    (found,) = compare(before, read_database_picture(filled))
    assert found.text.startswith("function public.quote_ident(name) is new")


@pytest.mark.parametrize("transaction", ["", "BEGIN"])
def test_no_function_of_the_project_is_called_on_its_own_connection(
    transaction: str, filled: Database
) -> None:
    with connect(filled) as connection, reader_on(connection) as reader:
        cursor = connection.cursor()
        cursor.execute(HOSTILE)
        cursor.execute(transaction + "; SET search_path = public, pg_catalog")
        first = reader.read_picture()
        cursor.execute("CREATE TABLE later (a int)")
        later = reader.read_picture()
        cursor.execute("SHOW search_path")
        assert cursor.fetchall() == [("public, pg_catalog",)]
        if transaction:
            cursor.execute("COMMIT")
        assert_same(later, read_database_picture(filled))
        assert later != first


def test_a_picture_that_failed_is_followed_by_a_complete_one(filled: Database) -> None:
    with connect(filled) as connection, read_only_session(filled) as session:
        failing = False

        def at_times(statement: str) -> list[tuple[Any, ...]]:
            if failing and "lines" not in statement and "json_build_array" in statement:
                raise OSError("the connection broke")
            return session(statement)

        reader = IncrementalReader(at_times)
        reader.read_picture()
        connection.cursor().execute("DROP INDEX c_f")
        failing = True
        with pytest.raises(OSError, match="broke"):
            reader.read_picture()
        failing = False
        assert_same(reader.read_picture(), read_picture(session))
