"""What has become of revisions since the lock file was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.lockfile.edits import Edit


@dataclass(frozen=True, slots=True)
class LockSchemaComparison:
    """What the migrations make at head, beside what the lock file at `path` says.

    `differing` has a sentence for each object that is otherwise, which begins with the way up.
    """

    path: Path
    mismatch_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockComparison:
    """The history beside its lock file, which lies at `path`.

    `major` is that of the PostgreSQL that the file was written on.
    """

    path: Path
    edits: tuple[Edit, ...]
    major: int
