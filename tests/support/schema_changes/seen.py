"""One change of a schema, and the expected texts of its differences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """One change: `change` is SQL that is run after the SQL of `setup`.

    `words` are the beginnings of the expected texts, one for each difference.  `since` is the
    first PostgreSQL major that knows the statement.  `after` is SQL that must be run before the
    database can be dropped.
    """

    name: str
    change: str
    words: tuple[str, ...]
    setup: str = ""
    since: int = 13
    after: str = ""
