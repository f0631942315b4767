"""The part of a rehearsal that is asked for, and a shard's share of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of a rehearsal to run and judge.

    `checks` are the codes to judge, None for all.  Revisions up to and including `since`
    ("" for none) are `left_out`: run, and not judged one by one.  `shard` is the number of this
    part and how many there are: (2, 8).  `postgres` is the major to rehearse on, in place of
    the settings' one.
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
        """The indices below `count` that belong to this shard; shards get about equal numbers."""
        number, shards = self.shard
        return range(count * (number - 1) // shards, count * number // shards)
