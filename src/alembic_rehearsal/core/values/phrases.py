"""Short texts for numbers and lists in messages."""

from __future__ import annotations

from collections.abc import Sequence

MAX_SHOWN = 5


def first_few(texts: Sequence[str], *, shown: int = MAX_SHOWN, separator: str = ", ") -> str:
    """The first `shown` texts, and the number of the others."""
    more = f" ... and {len(texts) - shown} more" if len(texts) > shown else ""
    return separator.join(texts[:shown]) + more


def revisions_text(revisions: Sequence[str]) -> str:
    """The revisions in a version table, or `no revision`."""
    return ", ".join(revisions) or "no revision"


def quantity(number: int, noun: str) -> str:
    """`1 revision`, `2 revisions`."""
    return f"{number} {noun}{'s'[: number != 1]}"
