"""A database at head that is made once, read once, and cloned for everything else.

It does not decide how a database gets to head, nor what is compared there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.postgres.databases import seal_template
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.values.databases import Database


@dataclass(frozen=True, slots=True)
class DatabaseAtHead:
    """A database of ours at head, and the template of others like it.

    `picture` is its schema.  The first `clone` seals `database`: nobody can connect to it
    afterwards.  `rebuild` makes another one from the beginning; it is called only where each
    database has a server of its own, because a clone stays on its template's server.
    """

    builder: Builder
    database: Database
    picture: Picture
    rebuild: Callable[[], Database]

    def clone(self) -> Database:
        """A new database at head, which the caller may change.  Raises what `rebuild` raises."""
        if not self.builder.make.can_clone:
            return self.rebuild()
        seal_template(self.database)
        return self.builder.make("at head", self.database)


def read_at_head(
    builder: Builder, database: Database, rebuild: Callable[[], Database]
) -> DatabaseAtHead:
    """Read a database that has just been brought to head."""
    return DatabaseAtHead(builder, database, builder.read_schema(database), rebuild)
