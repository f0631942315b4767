"""The output of `rehearsal lock`: what was written, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic_rehearsal.lockfile.edits import Edit
from alembic_rehearsal.lockfile.values import HistoryLock


def lock_result_text(
    path: Path, lock: HistoryLock, edits: Sequence[Edit], written: bool, production: int | None
) -> str:
    """The edits, the path of the lock file, and a warning if production cannot use it.

    `production` is production's major of PostgreSQL, None if unknown.
    """
    count = len(lock.revisions)
    heads = ", ".join(lock.heads) or "none"
    what = "wrote" if written else "unchanged:"
    return (
        "".join(f"{each.revision}: {each.text}\n" for each in edits)
        + f"{what} {path}: {count} revision{'s'[: count != 1]}, head {heads}, "
        f"PostgreSQL {lock.major}\n"
        + (_major_warning(lock.major, production) if production not in (None, lock.major) else "")
    )


def _major_warning(major: int, production: int | None) -> str:
    return (
        f"production runs PostgreSQL {production}: a deploy there compares nothing with a lock "
        f"file of {major}.\n"
        f"  try: rehearsal servers               (is {production} among them?)\n"
        "   or: rehearsal lock --server docker  (has every major)\n"
    )
