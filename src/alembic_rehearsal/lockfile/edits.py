"""What has become of revisions since the lock file was written.

Pure; who reads is the story, whether it matters is for the checks to say.
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

    `meanings` are those of the history's files by id, `stamp` is production's.
    """
    applied = lock.up_to(stamp) | history.up_to(stamp)
    successors = _successors(lock, history, hashes)
    found = []
    for each in lock.revisions:
        now = history.find(each.id)
        if now is None:
            what, text = EditKind.PLACE, "the history does not have it any more"
            if (new := successors.get(each.id)) is not None:
                text = f"it is called {new} now"
            found.append(Edit(each.id, what, text, each.id in applied))
        else:
            said = _edits_of(each, now, hashes[each.id], successors)
            found += [Edit(each.id, what, text, each.id in applied) for what, text in said]
    known = {each.id for each in lock.revisions} | set(successors.values())
    for revision in history.revisions:
        if revision.id not in known:
            text = "the lock file does not have it"
            found.append(Edit(revision.id, EditKind.NEW, text, revision.id in applied))
    return tuple(found)


def _successors(lock: HistoryLock, history: History, meanings: SourceHashes) -> dict[str, str]:
    """By the id of a revision that is gone: the new one that means the same."""
    gone = {each.source_hash: each.id for each in lock.revisions if history.find(each.id) is None}
    new = [each.id for each in history.revisions if lock.find(each.id) is None]
    return {
        gone[meaning]: id
        for id in new
        if (meaning := meanings[id]) is not None and meaning.upgrade and meaning in gone
    }


def _edits_of(
    locked: LockedRevision, now: Revision, meaning: SourceHash | None, successors: Mapping[str, str]
) -> Iterator[tuple[EditKind, str]]:
    was = {successors.get(id, id) for id in locked.down + locked.depends_on}
    if was != set(now.down + now.depends_on):
        stood, stands = (
            _joined_ids(locked.down + locked.depends_on),
            _joined_ids(now.down + now.depends_on),
        )
        yield EditKind.PLACE, f"it stands on {stands}, and stood on {stood}"
    if locked.source_hash is None or meaning is None:
        return
    if locked.source_hash.upgrade != meaning.upgrade:
        yield EditKind.UPGRADE, "its upgrade was edited"
    if locked.source_hash.rest != meaning.rest:
        yield EditKind.UPGRADE, "what its functions use was edited, at the top of its module"
    if locked.source_hash.downgrade != meaning.downgrade:
        yield EditKind.DOWNGRADE, "its downgrade was edited"


def _joined_ids(ids: tuple[str, ...]) -> str:
    return " and ".join(ids) or "nothing"


class EditKind(StrEnum):
    """What of a revision is not as it was."""

    PLACE = "place"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing about one revision that the lock file has otherwise.

    `text` is a sentence about it without its full stop: "its upgrade was edited".  `applied`
    says that production has the revision.
    """

    revision: str
    kind: EditKind
    text: str
    applied: bool
