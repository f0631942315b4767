"""The values of `make migrate`."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.values.databases import Database


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What `make migrate` did.

    `start` says in words from what the upgrade started; `heads` are read by another connection
    afterwards; `tables` counts the user's own; `seconds` is the wall time of the whole command.
    """

    database: Database
    start: str
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    tables: int
    seconds: float
