"""What became of the SQL that `alembic upgrade --sql` prints, run as a person would run it."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class UnprintableRevision:
    """A revision that cannot be printed as SQL, most often because it asks the database.

    `declared` says that it raises a CommandError or NotImplementedError of its own: who
    types `--sql` is told in words.
    """

    failure: Failure
    is_declared: bool

    @property
    def revision(self) -> str:
        return self.failure.revision


@dataclass(frozen=True, slots=True)
class OfflineDivergence:
    """Where the printed SQL does otherwise than the upgrade.

    `failure` is how a statement of it failed.  `differences` are what the upgrade makes
    (first) and the printed SQL makes instead (second), rows that migrations write included;
    `revision` is the one after which they are seen, "" where it could not be found.  What
    failed `is_printed`, or was run by Alembic, since it has no SQL.
    """

    start: Start
    revision: str
    failure: Failure | None = None
    is_printed: bool = True
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class OfflineSql:
    """The printed SQL of every way up, with what cannot be printed run by Alembic in between."""

    divergences: tuple[OfflineDivergence, ...] = ()
    unprintable: tuple[UnprintableRevision, ...] = ()

    @property
    def note(self) -> str:
        """What the report should say of it: which revisions were not run from SQL."""
        ids = [each.revision for each in self.unprintable]
        number = quantity(len(ids), "revision")
        return f"{number} without SQL run by Alembic: {first_few(ids)}" if ids else ""
