"""A lock file as a line or two: what was written, and what of it is new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic_rehearsal.facts import Edit
from alembic_rehearsal.locked import HistoryLock


def locked_text(path: Path, lock: HistoryLock, edits: Sequence[Edit], written: bool) -> str:
    """Each change, and where the lock file is now."""
    count = len(lock.revisions)
    heads = ", ".join(lock.heads) or "none"
    what = "wrote" if written else "as it was:"
    return "".join(f"{each.revision}: {each.text}\n" for each in edits) + (
        f"{what} {path}: {count} revision{'s'[: count != 1]}, head {heads}, "
        f"PostgreSQL {lock.major}\n"
    )
