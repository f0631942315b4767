"""What an act gets to work with, and how it says what it is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from alembic_rehearsal.building.start import not_replayable, start_without_snapshot
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.databases import DatabaseFactory
from alembic_rehearsal.core.postgres.shared_catalogs import shared_server_refusal
from alembic_rehearsal.core.project.pool import ChildPool
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.core.project.upgrade import OnStep, run_upgrade
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import RestoredSnapshot
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints

Tell = Callable[[str], None]
INTERRUPTED = "interrupted"


class Skip(Exception):
    """An act cannot be performed; the text says why, and stands in the report."""


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """What the way from empty begins with: nothing, or what the settings' bootstrap made.

    `template` is a sealed database with that, None for an empty one; `stamp` are the
    revisions that it is stamped with, and `has` those that it needs not run.
    """

    template: Database | None = None
    stamp: tuple[str, ...] = ()
    applied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is the same for all acts of one rehearsal.

    `database` makes a database for a purpose, empty or cloned from a template; it goes
    when the rehearsal ends, or when `discard` gives it back.  `cores` is how many walks
    may be under way at once.  `scope` is what of it all was asked for.  `ended` is set when
    somebody ends the rehearsal: an act that takes long then returns what it knows.
    `barred` are revisions that must not be run here: they change what the whole server
    shares, and it is a lent one.  `origin` is what the way from empty begins with.
    """

    settings: Settings
    history: History
    pool: ChildPool
    make_database: DatabaseFactory
    tell: Tell
    cores: int = 1
    scope: Scope = field(default_factory=Scope)
    interrupted: Event = field(default_factory=Event)
    forbidden: frozenset[str] = frozenset()
    bootstrap: BootstrapResult = field(default_factory=BootstrapResult)
    _checkpoints: dict[Start, Checkpoints] = field(default_factory=dict)
    _schemas: dict[Database, Picture] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def checkpoints(self, evidence: Evidence) -> tuple[Checkpoints, ...]:
        """One for each start that there is; all acts share what they have climbed.

        From the snapshot only what production has not run is climbed.  Raises `Skip` where
        there is none, or revisions that are barred leave none.
        """
        start = start_without_snapshot(self.settings)
        if start is None and RestoredSnapshot not in evidence.facts:
            why = evidence.skipped.get(RestoredSnapshot, "no snapshot")
            raise Skip(f"{not_replayable(self.settings)}; {why}")
        every = tuple(each.id for each in self.history.revisions)
        with self._lock:
            if start is not None:
                plan = tuple(id for id in every if id not in self.bootstrap.applied)
                self._add_checkpoints(Start.EMPTY, self.bootstrap.template, plan)
            if RestoredSnapshot in evidence.facts:
                pending = tuple(id for id in every if evidence.is_pending(id))
                self._add_checkpoints(
                    Start.SNAPSHOT, evidence.fact(RestoredSnapshot).template, pending
                )
            if not self._checkpoints:
                self.expect_allowed(every)
            return tuple(self._checkpoints.values())

    def checkpoints_from(self, evidence: Evidence, start: Start) -> Checkpoints:
        """The one from this start, of which something has been climbed already."""
        return next(each for each in self.checkpoints(evidence) if each.start is start)

    def final_schema(self, database: Database) -> Picture:
        """The schema that an upgrade ended in: as it was when this was first asked.

        Whatever runs env.py there again may change it.
        """
        with self._lock:
            if database not in self._schemas:
                self._schemas[database] = read_database_picture(database)
            return self._schemas[database]

    def is_at_head(self, walked: UpgradeRun) -> bool:
        """Whether an upgrade got there, and kept what it did."""
        return walked.failure is None and self.history.is_at_head(walked.heads)

    def judged_places(self, plan: Sequence[str]) -> list[int]:
        """The places in a plan of the revisions that are judged one by one."""
        return [place for place, id in enumerate(plan) if id not in self.scope.left_out]

    def first_judged_place(self, plan: Sequence[str]) -> int:
        """How many revisions of a plan come before the first that is judged."""
        return min(self.judged_places(plan), default=len(plan))

    def _add_checkpoints(
        self, start: Start, template: Database | None, plan: tuple[str, ...]
    ) -> None:
        if start not in self._checkpoints and self.forbidden.isdisjoint(plan):
            self._checkpoints[start] = Checkpoints(
                start, plan, template, self.pool, self.make_database
            )

    def expect_allowed(self, revisions: Iterable[str]) -> None:
        """Raise `Skip` where one of these revisions must not be run here."""
        found = [id for id in revisions if id in self.forbidden]
        if found:
            raise Skip(
                f'{shared_server_refusal(found[0])}: server = "auto" gives it one of its own'
            )

    def discard(self, database: Database) -> None:
        """Give back a database that nobody will look at again."""
        self.make_database.discard(database)

    @contextmanager
    def temporary_database(
        self, purpose: str, template: Database | None = None
    ) -> Iterator[Database]:
        """A database for the block: then it is given back."""
        database = self.make_database(purpose, template)
        try:
            yield database
        finally:
            self.discard(database)

    @contextmanager
    def temporary_database_at(self, checkpoints: Checkpoints, count: int) -> Iterator[Database]:
        """`ladder.at(count)` for the block: then it is given back."""
        database = checkpoints.make_database_at(count)
        try:
            yield database
        finally:
            self.discard(database)

    @contextmanager
    def open_walk(self, database: Database, *, mode: WalkMode = WalkMode.PROJECT) -> Iterator[Walk]:
        """A walk of one of the crew; raises what `Crew.walking` raises."""
        with self.pool.open_walk(database, mode=mode) as walk:
            yield walk

    def upgrade(
        self, database: Database, on_step: OnStep, *, mode: WalkMode = WalkMode.PROJECT
    ) -> UpgradeRun:
        """`drive.upgrade` by one of the crew."""
        with self.pool.borrow_child() as child:
            return run_upgrade(child, database, on_step, mode=mode)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One act: its name in the report, the fact that it makes, and those that it needs.

    `after` are facts that it looks at where they are there, and waits for.  `perform` gets
    the stage and the scene so far, and returns a value of type `makes`.  It raises `Skip`
    where the project has nothing to perform it on.  `in_pieces` says that its fact may be a
    piece of the whole: each shard takes its own, and one that is ended early returns what
    it has.
    """

    name: str
    makes: type
    needs: tuple[type, ...]
    run: Callable[[Context, Evidence], object]
    after: tuple[type, ...] = ()
    is_divisible: bool = False
