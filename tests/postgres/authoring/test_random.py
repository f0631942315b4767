"""Whatever was done by hand: it is undone and done again, or what is left is named."""

from __future__ import annotations

import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database, Server
from support.authoring import brought, left, run
from support.databases import scratch
from support.random_ddl import START, statements


def execute_what_runs(database: Database, changes: list[str]) -> None:
    with connect(database) as connection:
        connection.cursor().execute(START)
        for each in changes:
            try:
                connection.cursor().execute(each)
            except psycopg2.Error:
                continue


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=st.lists(statements, max_size=8),
    by_hand=st.lists(statements, min_size=4, max_size=12),
)
def test_random_ddl_is_undone_and_done_again_or_named(
    server: Server, history: list[str], by_hand: list[str]
) -> None:
    with scratch(server, "right") as right, scratch(server, "drifted") as database:
        execute_what_runs(right, history)
        execute_what_runs(database, history + by_hand)
        for target in (read_database_picture(right), read_database_picture(database)):
            found, text = brought(database, target)
            remains = left(database, target)
            assert found.unexpressed or all(": inherited " in each for each in remains)
            run(database, text)
            assert left(database, target) == remains, "a second run changes something"
