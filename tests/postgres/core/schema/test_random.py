"""Random DDL: the picture changes when pg_dump's text does, also when it is read incrementally."""

from __future__ import annotations

import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Server
from support.databases import scratch
from support.pg_dump import dump_everything, restore
from support.random_ddl import START, statements


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(statements, min_size=8, max_size=14))
def test_random_ddl_is_seen_whenever_pg_dump_sees_it(server: Server, changes: list[str]) -> None:
    with scratch(server, "random") as database, scratch(server, "restored") as other:
        with connect(database) as connection, read_only_session(database) as session:
            connection.cursor().execute(START)
            reader = IncrementalReader(session)
            before, dump = reader.read_picture(), dump_everything(database)
            for change in changes:
                try:
                    connection.cursor().execute(change)
                except psycopg2.Error:
                    continue
                after, whole = reader.read_picture(), read_database_picture(database)
                assert after == whole, change
                text = dump_everything(database)
                assert (after.objects != before.objects) >= (text != dump), change
                differences = compare(before, after)
                is_real = any(each.real for each in differences)
                assert is_real == (before.fingerprint != after.fingerprint), change
                before, dump = after, text
        restore(dump, other)
        restored = read_database_picture(other)
        assert [each.text for each in compare(before, restored) if each.real] == []
        assert before.fingerprint == restored.fingerprint
