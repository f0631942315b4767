"""Compare a database's schema with what history.lock records for its revision.

Reads only the catalogs and the lock file; needs no second server, so a deploy can do it.
"""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.schema.object_hashes import hash_objects
from alembic_rehearsal.core.schema.read import read_without_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.deploy.state import Inspection, SchemaCheck
from alembic_rehearsal.identify.match import choose_stamp, compare_with_stamp, match_schema
from alembic_rehearsal.lockfile.files import read_lock
from alembic_rehearsal.lockfile.values import HistoryLock


def check_schema(
    lock_path: Path | None,
    history: History,
    target: Database | Path,
    inspection: Inspection,
    *,
    lock_timeout: float = 5.0,
) -> SchemaCheck:
    """Compare; `SchemaCheck.why_not_compared` says why where that is impossible.

    `lock_timeout` is in seconds, for each lock that another session holds on part of the
    schema; `LockTimeout` is raised after it.  Raises `LockFileUnreadable`, and `NoServer`
    where the connection is lost.
    """
    if isinstance(target, Path):
        return SchemaCheck(why_not_compared="schemas of SQLite files are not compared.")
    if not inspection.exists or not (inspection.tables or inspection.revisions):
        return SchemaCheck()
    lock = read_lock(lock_path) if lock_path else None
    if lock is None:
        name = lock_path.name if lock_path else "history.lock"
        return SchemaCheck(
            why_not_compared=f"there is no {name}, which records what each revision makes."
        )
    if lock.major != target.server.major:
        return SchemaCheck(
            why_not_compared=f"{lock_path} was written on PostgreSQL {lock.major}, and this is "
            f"{target.server.major}: each major version prints definitions differently."
        )
    return _compare_with_lock(lock, history, target, inspection, lock_timeout)


def _compare_with_lock(
    lock: HistoryLock,
    history: History,
    database: Database,
    inspection: Inspection,
    lock_timeout: float,
) -> SchemaCheck:
    picture = read_without_version_table(
        database, version_table=inspection.version_table, lock_timeout=lock_timeout
    )
    objects = hash_objects(picture)
    unread = tuple(f"{kind}: {why}" for kind, why in sorted(picture.unread.items()))
    if inspection.revisions:
        mismatches = compare_with_stamp(lock, inspection.revisions, objects, picture.unread)
        if mismatches is None:
            return SchemaCheck(
                why_not_compared="the lock file does not have its revision: rehearsal lock"
            )
        pending = lock.pending_objects(inspection.revisions)
        return SchemaCheck(
            tuple(each for each in mismatches if each.key not in pending),
            pending_mismatches=tuple(each for each in mismatches if each.key in pending),
            unread=unread,
        )
    found = match_schema(lock, objects, picture.unread)
    known = tuple(each for each in found.exact if not history.unknown(each.stamp))
    choice = None if unread else choose_stamp(known, lock, history.empty_upgrades)
    return SchemaCheck(match=found, stamp_choice=choice, unread=unread)
