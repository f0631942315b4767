"""What looking for missing rows saw, after an upgrade from the snapshot had failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MissingRows:
    """Which rows of earlier revisions a snapshot lacks for a pending one, as it was proven.

    With the rows of `tables`, which `writers` had put there, the upgrade gets past
    `revision`; without any one of them it does not.  `revision` is "" where nothing failed,
    or rows are not what was missing.
    """

    revision: str = ""
    tables: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
