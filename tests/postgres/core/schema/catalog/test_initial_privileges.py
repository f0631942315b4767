"""Changed privileges on objects of initdb and extensions: reported if pg_dump prints them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database, Server
from support.databases import scratch
from support.pg_dump import dump_everything, restore

EXTENSIONS = """
    CREATE EXTENSION hstore; CREATE EXTENSION tablefunc; CREATE EXTENSION postgres_fdw;
    CREATE EXTENSION pg_stat_statements;
"""
CHANGED = {
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {role}": (
        "function pg_catalog.pg_ls_dir(pg_catalog.text)"
    ),
    "REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC": "function pg_catalog.now()",
    "GRANT SELECT ON pg_catalog.pg_authid TO {role}": "table pg_catalog.pg_authid",
    "REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC": "table pg_catalog.pg_class",
    "GRANT SELECT (rolname) ON pg_catalog.pg_authid TO {role}": (
        "table column pg_catalog.pg_authid.rolname"
    ),
    "REVOKE SELECT (subname) ON pg_catalog.pg_subscription FROM PUBLIC": (
        "table column pg_catalog.pg_subscription.subname"
    ),
    "REVOKE USAGE ON TYPE pg_catalog.int4 FROM PUBLIC": "type integer",
    "GRANT CREATE ON SCHEMA pg_catalog TO {role}": "schema pg_catalog",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC": "language plpgsql",
    "GRANT EXECUTE ON FUNCTION tconvert(text, text) TO {role}": (
        "function public.tconvert(pg_catalog.text,pg_catalog.text)"
    ),
    "GRANT UPDATE ON pg_stat_statements TO {role}": "view public.pg_stat_statements",
    "REVOKE SELECT ON pg_stat_statements FROM PUBLIC": "view public.pg_stat_statements",
    "GRANT UPDATE (calls) ON pg_stat_statements TO {role}": (
        "view column public.pg_stat_statements.calls"
    ),
    "REVOKE USAGE ON TYPE hstore FROM PUBLIC": "type public.hstore",
    "GRANT USAGE ON TYPE tablefunc_crosstab_2 TO {role}": "type public.tablefunc_crosstab_2",
    "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {role}": (
        "foreign-data wrapper postgres_fdw"
    ),
}
# pg_dump ignores these, and so does the picture.
PASSED_OVER = (
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {role};"
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM {role}",
    "GRANT EXECUTE ON FUNCTION pg_catalog.now() TO PUBLIC",
    "GRANT CREATE ON SCHEMA information_schema TO {role}",
    "GRANT UPDATE ON information_schema.tables TO {role}",
    "GRANT USAGE ON SCHEMA pg_toast TO {role}",
    "COMMENT ON FUNCTION pg_catalog.now() IS 'x'",
    "COMMENT ON VIEW pg_stat_statements IS 'x'",
    "COMMENT ON TYPE hstore IS 'x'",
    "ALTER VIEW pg_stat_statements SET (security_barrier)",
    "CREATE TABLE held (a int, b int); ALTER EXTENSION hstore ADD TABLE held;"
    "CREATE INDEX ON held (a); CREATE POLICY y ON held USING (a > 0);"
    "CREATE STATISTICS e ON a, b FROM held; CREATE RULE r AS ON DELETE TO held DO INSTEAD NOTHING",
    "CREATE DOMAIN held AS int; ALTER EXTENSION hstore ADD DOMAIN held;"
    "ALTER DOMAIN held ADD CHECK (VALUE > 0)",
)


@pytest.fixture
def role(empty_database: Database) -> Iterator[str]:
    name = f"role_{empty_database.name}"
    with connect(empty_database) as connection:
        cursor = connection.cursor()
        cursor.execute(f"{EXTENSIONS} CREATE ROLE {name}")
        yield name
        cursor.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


@pytest.mark.parametrize("change", CHANGED)
def test_what_was_granted_or_revoked_since_is_a_difference_with_rights(
    change: str, empty_database: Database, role: str
) -> None:
    with connect(empty_database) as connection, read_only_session(empty_database) as session:
        reader = IncrementalReader(session)
        before, dump = reader.read_picture(), dump_everything(empty_database)
        connection.cursor().execute(change.format(role=role))
        after = reader.read_picture()
        assert after == read_database_picture(empty_database)
        assert dump_everything(empty_database) != dump
        assert compare(before, after) == ()
        assert before.fingerprint == after.fingerprint
        (found,) = compare(before, after, rights=True)
        assert found.text.startswith(f"privileges on {CHANGED[change]} is new")
        assert before.fingerprint_with_rights != after.fingerprint_with_rights


def test_a_database_without_grants_has_no_changed_privileges(empty_database: Database) -> None:
    with connect(empty_database) as connection:
        connection.cursor().execute(EXTENSIONS)
    kinds = {key.kind for key in read_database_picture(empty_database).objects}
    assert "extension" in kinds
    assert "privileges" not in kinds


@pytest.mark.parametrize("change", PASSED_OVER)
def test_what_pg_dump_ignores_is_no_difference(
    change: str, empty_database: Database, role: str
) -> None:
    before, dump = read_database_picture(empty_database), dump_everything(empty_database)
    with connect(empty_database) as connection:
        connection.cursor().execute(change.format(role=role))
    assert dump_everything(empty_database) == dump
    assert compare(before, read_database_picture(empty_database), rights=True) == ()


def test_a_dump_carries_the_rights_to_another_database(
    server: Server, empty_database: Database, role: str
) -> None:
    with connect(empty_database) as connection:
        for change in CHANGED:
            connection.cursor().execute(change.format(role=role))
    with scratch(server, "restored") as other:
        restore(dump_everything(empty_database), other)
        first, second = read_database_picture(empty_database), read_database_picture(other)
    assert Key("privileges", "on schema pg_catalog") in first.objects
    assert [each.text for each in compare(first, second, rights=True)] == []
