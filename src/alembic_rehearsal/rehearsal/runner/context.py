"""The context that experiments run in, and what an experiment is.

The context makes databases, walks and checkpoints; it runs no experiment.
"""

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
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import RestoredSnapshot
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints

INTERRUPTED = "interrupted"


class Skip(Exception):
    """An experiment cannot be run; the report shows the text as the reason."""


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """The start of the upgrade from empty: nothing, or what the settings' bootstrap made.

    `template` is a sealed database that was bootstrapped, None without a bootstrap; `stamp` are
    the revisions in its version table, and `applied` those that need not be run on it.
    """

    template: Database | None = None
    stamp: tuple[str, ...] = ()
    applied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is the same for all experiments of one rehearsal.

    `make_database` makes a database for a purpose, empty or cloned from a template; it is
    dropped when the rehearsal ends, or by `discard`.  `tell` prints one line of progress.
    `cores` is how many walks may run at once.  `scope` is the part of the rehearsal that was
    asked for.  `interrupted` is set by Ctrl-C: a long experiment then returns what it knows.
    `forbidden` are revisions that must not be run here: they change what all databases of a
    server share, and the server was given by URL.  `bootstrap` is the start of the upgrade from
    empty.
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
        """The checkpoints from each start; all experiments share the points that were reached.

        From the snapshot the plan has only the pending revisions.  Raises `Skip` where there is
        no start, or where each plan has a forbidden revision.
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
        """The checkpoints from this start, which must have been made before."""
        return next(each for each in self.checkpoints(evidence) if each.start is start)

    def final_schema(self, database: Database) -> Picture:
        """The schema at the end of an upgrade, read once, when this is first called.

        A later run of env.py on that database may change its schema.
        """
        with self._lock:
            if database not in self._schemas:
                self._schemas[database] = read_database_picture(database)
            return self._schemas[database]

    def is_at_head(self, upgrade: UpgradeRun) -> bool:
        """Whether an upgrade got to head, and its version table says so."""
        return upgrade.failure is None and self.history.is_at_head(upgrade.heads)

    def upgrades_at_head(self, evidence: Evidence) -> dict[Start, UpgradeRun]:
        """The upgrades that got to head, from an empty database first.  Raises `Skip` for none."""
        found = {start: each for start, each in evidence.upgrades.items() if self.is_at_head(each)}
        if not found:
            raise Skip("no upgrade got to head")
        return found

    def judged_places(self, plan: Sequence[str]) -> list[int]:
        """The places in a plan of the revisions that are judged one by one."""
        return [place for place, id in enumerate(plan) if id not in self.scope.left_out]

    def first_judged_place(self, plan: Sequence[str]) -> int:
        """The place of the first judged revision: how many revisions of the plan precede it."""
        return min(self.judged_places(plan), default=len(plan))

    def _add_checkpoints(
        self, start: Start, template: Database | None, plan: tuple[str, ...]
    ) -> None:
        if start not in self._checkpoints and self.forbidden.isdisjoint(plan):
            self._checkpoints[start] = Checkpoints(
                start, plan, template, self.pool, self.make_database
            )

    def expect_allowed(self, revisions: Iterable[str]) -> None:
        """Raise `Skip` where one of these revisions is forbidden."""
        found = [id for id in revisions if id in self.forbidden]
        if found:
            raise Skip(
                f'{shared_server_refusal(found[0])}: server = "auto" gives it one of its own'
            )

    def discard(self, database: Database) -> None:
        """Drop a database that nothing needs any more."""
        self.make_database.discard(database)

    @contextmanager
    def temporary_database(
        self, purpose: str, template: Database | None = None
    ) -> Iterator[Database]:
        """Make a database for the block, and drop it afterwards."""
        database = self.make_database(purpose, template)
        try:
            yield database
        finally:
            self.discard(database)

    @contextmanager
    def temporary_database_at(self, checkpoints: Checkpoints, count: int) -> Iterator[Database]:
        """Make a database with the first `count` revisions for the block, and drop it afterwards.

        Raises `StepFailed` where a revision fails.
        """
        database = checkpoints.make_database_at(count)
        try:
            yield database
        finally:
            self.discard(database)

    @contextmanager
    def open_walk(self, database: Database, *, mode: WalkMode = WalkMode.PROJECT) -> Iterator[Walk]:
        """A walk by a child of the pool; raises what `ChildPool.open_walk` raises."""
        with self.pool.open_walk(database, mode=mode) as walk:
            yield walk

    def upgrade(
        self, database: Database, on_step: OnStep, *, mode: WalkMode = WalkMode.PROJECT
    ) -> UpgradeRun:
        """Run `upgrade heads` by a child of the pool; a failure is in the result, not raised."""
        with self.pool.borrow_child() as child:
            return run_upgrade(child, database, on_step, mode=mode)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: its name in the report, the fact that it makes, and those that it needs.

    `after` are facts that it waits for and uses where they exist.  `run` gets the context and
    the evidence so far, and returns a value of type `makes`.  It raises `Skip` where the project
    has nothing to run it on.  `is_divisible` says that its fact may be a part of the whole: each
    shard makes its own part, and an interrupted run returns the part that it has.
    """

    name: str
    makes: type
    needs: tuple[type, ...]
    run: Callable[[Context, Evidence], object]
    after: tuple[type, ...] = ()
    is_divisible: bool = False
