"""One change of a schema, and the sentences that must come of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """`change` is SQL to be run after `setup`.

    `words` are the beginnings of the sentences that tell of it, one a difference.  `since`
    is the first major that knows the statement.  `after` must be run before the database
    can be dropped.
    """

    name: str
    change: str
    words: tuple[str, ...]
    setup: str = ""
    since: int = 13
    after: str = ""
