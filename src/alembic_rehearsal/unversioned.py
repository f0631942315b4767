"""The schema of a database as its migrations mean it: all of it but Alembic's own table.

Which revision the table says is another matter: `looks.py` reads that.
"""

from __future__ import annotations

from alembic_rehearsal.connecting import connect
from alembic_rehearsal.picture import Picture, without
from alembic_rehearsal.schema.reading import picture_of
from alembic_rehearsal.stamps import find_version_table
from alembic_rehearsal.words import Database


def without_version_table(
    database: Database, picture: Picture | None = None, *, lock_timeout: float = 5.0
) -> Picture:
    """The picture of a database without the version table.

    `picture` is one of it that was taken before.  `lock_timeout` is in seconds, for each lock.
    Raises what `picture_of` does.
    """
    with connect(database, read_only=True) as connection:
        table = find_version_table(connection)
    picture = picture or picture_of(database, lock_timeout=lock_timeout)
    return without(picture, table) if table else picture
