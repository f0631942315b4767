"""Scope."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of a rehearsal is to be held.

    `checks` are the codes to judge, None for all.  Revisions up to and including `since`
    ("" for none) are `left_out`: run, and not judged one by one.  `shard` is this part and
    how many there are: (2, 8).  `postgres` is the major to rehearse on, whatever settings say.
    """

    checks: frozenset[str] | None = None
    since: str = ""
    left_out: frozenset[str] = frozenset()
    shard: tuple[int, int] = (1, 1)
    postgres: int | None = None

    @property
    def is_shard(self) -> bool:
        return self.shard[1] > 1

    def includes(self, code: str) -> bool:
        return self.checks is None or code in self.checks

    def shard_range(self, count: int) -> range:
        """The indices below `count` that this shard has: a piece of about equal size."""
        number, shards = self.shard
        return range(count * (number - 1) // shards, count * number // shards)
