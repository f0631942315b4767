"""Facts about rows that the snapshot lacks and that an upgrade from it needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MissingRows:
    """Rows of earlier revisions that a pending revision needs and that the snapshot lacks.

    Proven by upgrades: with the rows of `tables`, which the revisions `writers` wrote, the
    upgrade gets past `revision`; without those of any one table it does not.  `revision` is ""
    where nothing failed, or where rows do not help.
    """

    revision: str = ""
    tables: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
