"""Pictures of a database between the steps of a walk on it, and the differences between two.

The version table is left out of every difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic_rehearsal.core.project.upgrade import version_table_name
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.rows.checksums import RowChecksums, read_row_checksums
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Key, Picture, belongs_to
from alembic_rehearsal.core.schema.query import RunSql, read_only_session
from alembic_rehearsal.core.values.databases import Database


class SchemaObserver:
    """Reads the schema and the rows between steps, through a connection of its own.

    The walk must be in `WalkMode.COMMAND_PER_MIGRATION`, which commits every step, so that
    another connection sees its result.
    """

    def __init__(self, walk: Walk, ask: RunSql) -> None:
        self._ask = ask
        self._reader = IncrementalReader(ask)
        self._version_table = version_table_name(walk.configuration)

    def picture(self) -> Picture:
        """The schema as the walk's next step will find it."""
        return self._reader.read_picture()

    def row_checksums(self) -> RowChecksums:
        """The checksums of all rows, as the walk's next step will find them."""
        return read_row_checksums(self._ask, self._version_table)

    def differences(self, first: Picture, second: Picture) -> tuple[Difference, ...]:
        """The real differences, without those in the version table."""
        if first is second or first.objects == second.objects:
            return ()
        found = real_differences(first, second)
        return tuple(each for each in found if not belongs_to(each.name, self._version_table))


def real_differences(first: Picture, second: Picture) -> tuple[Difference, ...]:
    """The real differences; objects that could not be read in both pictures are left out."""
    return tuple(
        each for each in compare(first, second) if each.real and each.change is not Change.UNREAD
    )


def changed_keys(first: Picture, second: Picture) -> frozenset[Key]:
    """The keys of the objects that differ between the two pictures in any way."""
    before, after = first.objects, second.objects
    if before is after:
        return frozenset()
    keys = before.keys() | after.keys()
    return frozenset(key for key in keys if before.get(key) != after.get(key))


@contextmanager
def open_observer(walk: Walk, database: Database) -> Iterator[SchemaObserver]:
    """An observer of a walk on `database`, for the block."""
    with read_only_session(database) as ask:
        yield SchemaObserver(walk, ask)
