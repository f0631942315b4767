"""What has become of revisions since the lock file was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class SchemaLocked:
    """What the migrations make at head, beside what the lock file at `path` says.

    `differing` has a sentence for each object that is otherwise, which begins with the way up.
    """

    path: Path
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockCompared:
    """The history beside its lock file, which lies at `path`.

    `major` is that of the PostgreSQL that the file was written on.
    """

    path: Path
    edits: tuple[Edit, ...]
    major: int
