"""Each single change of a schema is undone and done again by statements, or named as impossible."""

from __future__ import annotations

from contextlib import suppress

import psycopg2
import pytest

from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database, Server
from support.authoring import brought, execute, left, run
from support.databases import scratch
from support.schema_changes import CHANGES
from support.schema_changes.seen import Seen

# Changes that are named instead: of rare kinds, or without a statement that could do them.
KINDS = (
    *("operator", "cast", "transform", "text search", "foreign", "user mapping"),
    *("publication", "subscription", "aggregate", "language", "conversion", "access method"),
    "security label",
)
NAMED_ONLY = frozenset(
    {
        "another partition key",
        "a parent table no more",  # whether a column is the child's own as well
        "a column of its own beside the inherited one",
        "an index of a partition that is attached",
        "a constraint of a partition whose index is attached to a plain one",
        "an index that is attached to another one of the same definition",
        "a renamed index of a partitioned table that has another one of the same columns",
        "a trigger that is off on a partition",
        "a trigger that is on again on a partition",
        "an invalid index",
        "a renamed value of an enum in a row that is a default",
        "a shell type",
        "a base type",
        "an extension's version",
        "a type that an extension takes",
    }
)


def is_named_only(case: Seen) -> bool:
    return case.name in NAMED_ONLY or case.words[0].startswith(KINDS)


def test_most_changes_are_expressed() -> None:
    expressed = [each for each in CHANGES if not is_named_only(each)]
    assert len(expressed) > 0.7 * len(CHANGES)


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name)
def test_a_single_change_is_undone_and_done_again(
    case: Seen, empty_database: Database, server: Server
) -> None:
    if server.major < case.since:
        pytest.skip(f"PostgreSQL {case.since} knows the statement first")
    with scratch(server, "right") as right:
        execute(right, case.setup)
        execute(empty_database, case.setup, case.change)
        before, after = read_database_picture(right), read_database_picture(empty_database)

        undone, text = brought(empty_database, before)
        remains = left(empty_database, before)
        run(empty_database, text)
        assert left(empty_database, before) == remains, "a second run changes something"
        run(right, text)
        assert left(right, before) == [], "it changes a database that was right already"

        done, _ = brought(empty_database, after)
        remains += left(empty_database, after)
        for each in (right, empty_database):
            with suppress(psycopg2.Error):
                execute(each, case.after)
    assert bool(remains or undone.unexpressed or done.unexpressed) == is_named_only(case), remains
