"""Numbers and lists as people read them: short, whatever their length."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 5


def some(texts: Sequence[str], *, shown: int = SHOWN, between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    more = f" ... and {len(texts) - shown} more" if len(texts) > shown else ""
    return between.join(texts[:shown]) + more


def named(revisions: Sequence[str]) -> str:
    """The rows of a version table, or that it has none."""
    return ", ".join(revisions) or "no revision"


def counted(number: int, what: str) -> str:
    """`1 revision`, `2 revisions`."""
    return f"{number} {what}{'s'[: number != 1]}"
