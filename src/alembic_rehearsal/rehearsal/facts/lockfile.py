"""Facts about history.lock: how the history and its schema differ from what it records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.lockfile.edits import Edit


@dataclass(frozen=True, slots=True)
class LockSchemaComparison:
    """The migrated schema compared with the one that the lock file at `path` records for head.

    `mismatch_texts` has a text for each object that differs; it begins with the upgrade's start.
    """

    path: Path
    mismatch_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockComparison:
    """The history compared with its lock file at `path`.

    `edits` are the changes since the file was written; `major` is the PostgreSQL major that it
    was written on.
    """

    path: Path
    edits: tuple[Edit, ...]
    major: int
