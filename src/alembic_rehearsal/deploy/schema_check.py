"""A living database beside the lock file: whether its schema is that of its stamp.

Reads the catalogs and nothing else; needs no second server, so that a deploy can do it.
"""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.schema.object_hashes import hash_objects
from alembic_rehearsal.core.schema.read import read_without_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.deploy.state import Look, Schema
from alembic_rehearsal.identify.match import identified, settled, standing_at
from alembic_rehearsal.lockfile.files import read_lock
from alembic_rehearsal.lockfile.values import HistoryLock


def schema_beside(
    lock_path: Path | None,
    history: History,
    target: Database | Path,
    look: Look,
    *,
    lock_timeout: float = 5.0,
) -> Schema:
    """What the lock file says of a database; `Schema.why_not` where it can say nothing.

    `lock_timeout` is in seconds, for each lock that somebody holds on part of the schema;
    `LockWait` is raised after it.  Raises `LockUnreadable`, and `NoServer` where the database
    goes away.
    """
    if isinstance(target, Path):
        return Schema(why_not="schemas of SQLite files are not compared.")
    if not look.exists or not (look.tables or look.revisions):
        return Schema()
    lock = read_lock(lock_path) if lock_path else None
    if lock is None:
        name = lock_path.name if lock_path else "history.lock"
        return Schema(why_not=f"there is no {name}, which says what each revision makes.")
    if lock.major != target.server.major:
        return Schema(
            why_not=f"{lock_path} was written on PostgreSQL {lock.major}, and this is "
            f"{target.server.major}: definitions are printed otherwise."
        )
    return _schema(lock, history, target, look, lock_timeout)


def _schema(
    lock: HistoryLock, history: History, database: Database, look: Look, lock_timeout: float
) -> Schema:
    picture = read_without_version_table(database, lock_timeout=lock_timeout)
    objects = hash_objects(picture)
    unread = tuple(f"{kind}: {why}" for kind, why in sorted(picture.unread.items()))
    if look.revisions:
        unlike = standing_at(lock, look.revisions, objects, picture.unread)
        if unlike is None:
            return Schema(why_not="the lock file does not have its revision: rehearsal lock")
        to_come = lock.to_come(look.revisions)
        return Schema(
            tuple(each for each in unlike if each.key not in to_come),
            to_come=tuple(each for each in unlike if each.key in to_come),
            unread=unread,
        )
    found = identified(lock, objects, picture.unread)
    known = tuple(each for each in found.alike if not history.unknown(each.stamp))
    choice = None if unread else settled(known, lock, history.idle)
    return Schema(identified=found, choice=choice, unread=unread)
