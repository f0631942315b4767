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

Meanings = Mapping[str, SourceHash | None]


def edits(
    lock: HistoryLock, history: History, meanings: Meanings, stamp: tuple[str, ...] = ()
) -> tuple[Edit, ...]:
    """How the revisions of a history differ from those in its lock, older ones first.

    `meanings` are those of the history's files by id, `stamp` is production's.
    """
    applied = lock.up_to(stamp) | history.up_to(stamp)
    successors = _successors(lock, history, meanings)
    found = []
    for each in lock.revisions:
        now = history.find(each.id)
        if now is None:
            what, text = Edited.PLACE, "the history does not have it any more"
            if (new := successors.get(each.id)) is not None:
                text = f"it is called {new} now"
            found.append(Edit(each.id, what, text, each.id in applied))
        else:
            said = _said(each, now, meanings[each.id], successors)
            found += [Edit(each.id, what, text, each.id in applied) for what, text in said]
    known = {each.id for each in lock.revisions} | set(successors.values())
    for revision in history.revisions:
        if revision.id not in known:
            text = "the lock file does not have it"
            found.append(Edit(revision.id, Edited.NEW, text, revision.id in applied))
    return tuple(found)


def _successors(lock: HistoryLock, history: History, meanings: Meanings) -> dict[str, str]:
    """By the id of a revision that is gone: the new one that means the same."""
    gone = {each.meaning: each.id for each in lock.revisions if history.find(each.id) is None}
    new = [each.id for each in history.revisions if lock.find(each.id) is None]
    return {
        gone[meaning]: id
        for id in new
        if (meaning := meanings[id]) is not None and meaning.upgrade and meaning in gone
    }


def _said(
    locked: LockedRevision, now: Revision, meaning: SourceHash | None, successors: Mapping[str, str]
) -> Iterator[tuple[Edited, str]]:
    was = {successors.get(id, id) for id in locked.down + locked.depends_on}
    if was != set(now.down + now.depends_on):
        stood, stands = _named(locked.down + locked.depends_on), _named(now.down + now.depends_on)
        yield Edited.PLACE, f"it stands on {stands}, and stood on {stood}"
    if locked.meaning is None or meaning is None:
        return
    if locked.meaning.upgrade != meaning.upgrade:
        yield Edited.UPGRADE, "its upgrade was edited"
    if locked.meaning.rest != meaning.rest:
        yield Edited.UPGRADE, "what its functions use was edited, at the top of its module"
    if locked.meaning.downgrade != meaning.downgrade:
        yield Edited.DOWNGRADE, "its downgrade was edited"


def _named(ids: tuple[str, ...]) -> str:
    return " and ".join(ids) or "nothing"


class Edited(StrEnum):
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
    what: Edited
    text: str
    applied: bool
