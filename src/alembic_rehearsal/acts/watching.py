"""Pictures of a database between the steps of a walk on it, and what two of them differ in.

The version table is no part of the schema that migrations are judged by.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic_rehearsal.difference import Difference
from alembic_rehearsal.drive import version_table
from alembic_rehearsal.picture import Picture
from alembic_rehearsal.project.host import Walk
from alembic_rehearsal.schema.asking import Ask, asking
from alembic_rehearsal.schema.camera import Camera
from alembic_rehearsal.schema.compare import compare
from alembic_rehearsal.words import Database, Step


class Watcher:
    """Looks from a connection of its own, as long as every step's transaction has ended.

    An env.py that keeps one open for all steps hides them from other sessions: from then
    on the walk's own connection is asked.
    """

    def __init__(self, walk: Walk, own: Ask) -> None:
        self._walk = walk
        self._camera = Camera(own)
        self._is_inside = False
        self._version_table = version_table(walk.opened)

    def picture(self, after: Step | None = None) -> Picture:
        """The schema as the walk's next step will find it; `after` is the step before."""
        if after is not None and after.is_open and not self._is_inside:
            self._is_inside = True
            self._camera = Camera(self._walk.sql)
        return self._camera.picture()

    def differences(self, first: Picture, second: Picture) -> tuple[Difference, ...]:
        """What is really different, the version table aside."""
        if first is second or first.things == second.things:
            return ()
        return tuple(
            each for each in compare(first, second) if each.real and not self._is_alembics(each)
        )

    def _is_alembics(self, difference: Difference) -> bool:
        name = difference.name.replace('"', "")
        return difference.kind == "table" and (
            name == self._version_table or name.endswith(f".{self._version_table}")
        )


@contextmanager
def watching(walk: Walk, database: Database) -> Iterator[Watcher]:
    """A watcher of a walk on a database."""
    with asking(database) as own:
        yield Watcher(walk, own)
