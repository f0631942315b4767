"""How the revisions of a history differ from those recorded in its lock file.

Pure: `write.py` reads the files, and the checks decide which edits matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alembic_rehearsal.core.history.revisions import History, Revision
from alembic_rehearsal.core.history.source_hash import SourceHash
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision

SourceHashes = Mapping[str, SourceHash | None]


def find_edits(
    lock: HistoryLock, history: History, hashes: SourceHashes, stamp: tuple[str, ...] = ()
) -> tuple[Edit, ...]:
    """How the revisions of a history differ from those in its lock, older ones first.

    `hashes` has the hashes of the history's files by revision id, `stamp` is production's.
    """
    applied = lock.up_to(stamp) | history.up_to(stamp)
    successors = _successors(lock, history, hashes)
    found = []
    for each in lock.revisions:
        now = history.find(each.id)
        if now is None:
            text = "the history does not have it any more"
            if (new := successors.get(each.id)) is not None:
                text = f"its id is {new} now"
            found.append(Edit(each.id, EditKind.PLACE, text, each.id in applied))
        else:
            edits = _edits_of(each, now, hashes[each.id], successors)
            found += [Edit(each.id, kind, text, each.id in applied) for kind, text in edits]
    known = {each.id for each in lock.revisions} | set(successors.values())
    for revision in history.revisions:
        if revision.id not in known:
            text = "the lock file does not have it"
            found.append(Edit(revision.id, EditKind.NEW, text, revision.id in applied))
    return tuple(found)


def _successors(lock: HistoryLock, history: History, hashes: SourceHashes) -> dict[str, str]:
    """For each revision that is gone, by id: the new revision with the same source hash."""
    gone = {each.source_hash: each.id for each in lock.revisions if history.find(each.id) is None}
    new = [each.id for each in history.revisions if lock.find(each.id) is None]
    return {
        gone[found]: id
        for id in new
        if (found := hashes[id]) is not None and found.upgrade and found in gone
    }


def _edits_of(
    locked: LockedRevision, now: Revision, hashes: SourceHash | None, successors: Mapping[str, str]
) -> Iterator[tuple[EditKind, str]]:
    was = {successors.get(id, id) for id in locked.down + locked.depends_on}
    if was != set(now.down + now.depends_on):
        before = _joined_ids(locked.down + locked.depends_on)
        after = _joined_ids(now.down + now.depends_on)
        yield EditKind.PLACE, f"it depends on {after}, and depended on {before}"
    if locked.source_hash is None or hashes is None:
        return
    if locked.source_hash.upgrade != hashes.upgrade:
        yield EditKind.UPGRADE, "its upgrade was edited"
    if locked.source_hash.rest != hashes.rest:
        yield EditKind.UPGRADE, "the top of its module, which its functions use, was edited"
    if locked.source_hash.downgrade != hashes.downgrade:
        yield EditKind.DOWNGRADE, "its downgrade was edited"


def _joined_ids(ids: tuple[str, ...]) -> str:
    return " and ".join(ids) or "nothing"


class EditKind(StrEnum):
    """The part of a revision that differs from the lock file.

    PLACE is its id or what it depends on; NEW is a revision that the lock file lacks.
    """

    PLACE = "place"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between a revision and the lock file.

    `text` is a sentence about it without its full stop: "its upgrade was edited".  `applied`
    is True if production has applied the revision.
    """

    revision: str
    kind: EditKind
    text: str
    applied: bool
