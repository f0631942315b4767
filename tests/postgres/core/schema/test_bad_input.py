"""A picture reports what it could not read: missing rights, unknown kinds, locks, lost servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from alembic_rehearsal.core.postgres.connections import connect, connect_plain
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture, read_picture
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer, Refused
from support.pooler import lent_by_transaction

HIDDEN = """
    CREATE SCHEMA hidden;
    CREATE TABLE hidden.t (a serial PRIMARY KEY, b text);
    CREATE VIEW hidden.v AS SELECT a FROM hidden.t;
    CREATE POLICY y ON hidden.t USING (a > 0);
    REVOKE ALL ON SCHEMA hidden FROM PUBLIC;
"""


@pytest.fixture
def stranger(empty_database: Database) -> Iterator[Database]:
    """The database, seen by a role that owns nothing and has no grants."""
    name = f"stranger_{empty_database.name}"
    with connect(empty_database) as connection:
        cursor = connection.cursor()
        cursor.execute(HIDDEN)
        cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'of a test'")
        yield replace(
            empty_database,
            server=replace(empty_database.server, user=name, password="of a test"),
        )
        cursor.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_role_that_owns_nothing_sees_the_whole_schema(
    empty_database: Database, stranger: Database
) -> None:
    truth, seen = read_database_picture(empty_database), read_database_picture(stranger)
    assert Key("column", "hidden.t.b") in truth.objects
    assert seen == truth
    with read_only_session(stranger) as session:
        assert IncrementalReader(session).read_picture() == truth


def test_what_a_role_may_not_read_is_reported_and_never_treated_as_absent(
    empty_database: Database, stranger: Database
) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute("REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC")
    seen = read_database_picture(stranger)
    assert seen.unread == {"policy": "this role may not read pg_policy"}
    (found,) = compare(read_database_picture(empty_database), seen)
    assert (found.change, found.kind, found.real) == (Change.UNREAD, "policy", True)
    assert found.text == "policy: this role may not read pg_policy"
    with read_only_session(stranger) as session:
        reader = IncrementalReader(session)
        assert reader.read_picture() == reader.read_picture() == seen


def test_secrets_of_foreign_tables_are_not_shown(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute(
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
            "CREATE FOREIGN TABLE t (a int OPTIONS (access_token 'hush')) SERVER far "
            "OPTIONS (password 'hush', place 'x')"
        )
    seen = read_database_picture(empty_database)
    assert "hush" not in repr(seen)
    table = seen.objects[Key("foreign table", "public.t")]
    assert table.attributes["options"] == "password=***, place=x"


def test_publications_are_unread_where_their_schemas_are(
    empty_database: Database, stranger: Database
) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute(
            "REVOKE SELECT ON pg_catalog.pg_publication_namespace FROM PUBLIC"
        )
    seen = read_database_picture(stranger)
    assert seen.unread == {"publication": "this role may not read pg_publication_namespace"}


def test_if_tables_cannot_be_read_their_parts_are_unread_too(
    empty_database: Database, stranger: Database
) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute("REVOKE SELECT ON pg_catalog.pg_inherits FROM PUBLIC")
    seen = read_database_picture(stranger)
    assert {"table", "view", "column", "constraint", "index", "policy"} <= seen.unread.keys()
    found = compare(read_database_picture(empty_database), seen)
    assert {each.change for each in found} == {Change.UNREAD}


def test_a_user_mapping_is_hidden_from_other_roles_and_its_password_from_all(
    empty_database: Database, stranger: Database
) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute(
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
            "CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'hush')"
        )
    truth = read_database_picture(empty_database)
    key = Key("user mapping", "public for far")
    assert truth.objects[key].attributes["options"] == "password=***, user=u"
    assert "hush" not in repr(truth)
    seen = read_database_picture(stranger)
    assert key not in seen.objects
    assert list(seen.unread) == ["user mapping"]


def test_an_object_of_an_unknown_kind_is_reported(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE strange (a int)")
        before = read_database_picture(empty_database)
        cursor.execute("SET allow_system_table_mods = on")
        cursor.execute("UPDATE pg_class SET relkind = 'z' WHERE relname = 'strange'")
        after = read_database_picture(empty_database)
        cursor.execute("UPDATE pg_class SET relkind = 'r' WHERE relname = 'strange'")
    assert after.unknown == ("relation public.strange of kind 'z'",)
    assert after.fingerprint != before.fingerprint
    assert Change.UNREAD in {each.change for each in compare(after, after)}


def test_a_database_that_goes_away_during_a_read_is_an_error_that_names_it(
    empty_database: Database,
) -> None:
    with read_only_session(empty_database) as session:
        read_picture(session)
        with connect(Database(empty_database.server, "postgres")) as connection:
            connection.cursor().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [empty_database.name],
            )
        with pytest.raises(NoServer, match=empty_database.name):
            read_picture(session)


def test_a_lock_is_waited_for_no_longer_than_lock_timeout(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t")
        cursor.execute("BEGIN; ALTER TABLE t ADD b int; LOCK TABLE v IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(LockTimeout, match="a lock is held"):
            read_database_picture(empty_database, lock_timeout=0.2)
        assert time.monotonic() - started < 5


def test_reading_holds_no_lock_afterwards(empty_database: Database) -> None:
    with connect(empty_database) as connection, read_only_session(empty_database) as session:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t")
        picture = read_picture(session)
        cursor.execute("SET lock_timeout = '1s'; DROP TABLE t CASCADE")
        assert Key("view", "public.v") in picture.objects
        cursor.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [empty_database.name],
        )
        assert cursor.fetchall() == [("idle",)]


def test_concurrent_ddl_is_in_this_picture_or_the_next(empty_database: Database) -> None:
    stop = threading.Event()

    def busy() -> None:
        with connect(empty_database) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.cursor().execute(f"CREATE TABLE t{number} (a int)")
                if number % 2:
                    connection.cursor().execute(f"DROP TABLE t{number}")

    thread = threading.Thread(target=busy)
    with read_only_session(empty_database) as session:
        reader = IncrementalReader(session, session.transaction)
        thread.start()
        for _ in range(20):
            reader.read_picture()
        stop.set()
        thread.join()
        assert reader.read_picture() == read_database_picture(empty_database)


def test_a_pooler_in_transaction_mode_is_refused_and_its_sessions_are_unchanged(
    empty_database: Database,
) -> None:
    settings = "SELECT current_setting('default_transaction_read_only'), current_setting('jit')"
    with lent_by_transaction(empty_database) as pooled:
        before = in_a_session_of(pooled, settings)
        with pytest.raises(Refused, match="shares server sessions between clients"):
            read_database_picture(pooled)
        assert in_a_session_of(pooled, settings) == before


def in_a_session_of(database: Database, query: str) -> list[tuple[object, ...]]:
    with connect_plain(database) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[object, ...]] = cursor.fetchall()
        return found
