"""Facts about the SQL that `alembic upgrade --sql` prints, run as a person would run it."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class UnprintableRevision:
    """A revision that cannot be printed as SQL, most often because it queries the database.

    `is_declared` says that it raises CommandError or NotImplementedError itself, so that whoever
    types `--sql` gets a message.
    """

    failure: Failure
    is_declared: bool

    @property
    def revision(self) -> str:
        return self.failure.revision


@dataclass(frozen=True, slots=True)
class OfflineDivergence:
    """A point at which the printed SQL does not do what the upgrade does.

    `failure` is how a step failed; `is_printed` says whether that step was printed SQL, or was
    run by Alembic because it has no SQL.  `differences` are between the upgrade (first) and the
    printed SQL (second), including rows that migrations write.  `revision` is the one after which
    they are seen first, "" where it could not be found.
    """

    start: Start
    revision: str
    failure: Failure | None = None
    is_printed: bool = True
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class OfflineSql:
    """The printed SQL of every upgrade; Alembic ran the revisions that cannot be printed."""

    divergences: tuple[OfflineDivergence, ...] = ()
    unprintable: tuple[UnprintableRevision, ...] = ()

    @property
    def note(self) -> str:
        """The report's note: which revisions were not run from SQL."""
        ids = [each.revision for each in self.unprintable]
        number = quantity(len(ids), "revision")
        return f"{number} without SQL run by Alembic: {first_few(ids)}" if ids else ""
