"""The story of a rehearsal: read, restore, run, judge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from alembic_rehearsal.acts import EXPERIMENTS
from alembic_rehearsal.acts.stage import Stage, Tell
from alembic_rehearsal.checks import expect_known, expect_revisions, judge
from alembic_rehearsal.crew import Crew, open_crew
from alembic_rehearsal.databases import DatabaseMaker, database_maker
from alembic_rehearsal.facts import (
    FromEmpty,
    FromSnapshot,
    Loaded,
    Report,
    Restored,
    Scene,
    SnapshotRead,
    Walked,
)
from alembic_rehearsal.history import read_history
from alembic_rehearsal.performing import Performed, perform
from alembic_rehearsal.revisions import History
from alembic_rehearsal.servers import throwaway_server
from alembic_rehearsal.settings import Settings, config_option, cores
from alembic_rehearsal.snapshots import read_snapshot, wanted
from alembic_rehearsal.words import Database, Detour, Project, Snapshot


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that was held: its report, and the databases that somebody may look at."""

    report: Report
    databases: tuple[Database, ...]


@contextmanager
def rehearse(
    project: Project, settings: Settings, *, tell: Tell, all_fail: bool = False
) -> Iterator[Rehearsal]:
    """Hold one rehearsal; in the block the report is there and the databases still live.

    `tell` is given one line for each thing that takes time.  `all_fail` makes findings
    on revisions that production has applied count for `Report.failed` as well.

    Afterwards all is gone, but for this: on a server that is lent, a database on which an
    upgrade failed is kept, and its masked URL told.

    Raises `RehearsalError` where the rehearsal could not be held at all; what is wrong
    with the history or the schema is in the report.
    """
    begun = time.perf_counter()
    expect_known(settings.waive)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with open_crew(project, cores()) as crew, ExitStack() as life:
        with crew.child() as child:
            history = read_history(child)
        scene = _unperformed(history, snapshot, config_option(project.config))
        expect_revisions(settings.waive, scene)
        performed = Performed(scene, ())
        maker: DatabaseMaker | None = None
        if history.problem is None and history.revisions:
            stage, maker = life.enter_context(_stage(settings, crew, scene, tell))
            performed = perform(EXPERIMENTS, stage, scene)
            scene = performed.scene
            _keep_failed(scene, maker, tell)
        findings, not_judged = judge(scene, settings.waive, all_fail=all_fail)
        report = Report(
            history=history,
            snapshot=snapshot,
            server=maker.server if maker else None,
            pending=tuple(each.id for each in history.revisions if scene.is_pending(each.id)),
            acts=performed.acts,
            findings=findings,
            not_judged=not_judged,
            seconds=time.perf_counter() - begun,
            detours=_detours(scene),
            interrupted=performed.interrupted,
        )
        yield Rehearsal(report, _open_databases(scene, maker))


def _keep_failed(scene: Scene, maker: DatabaseMaker, tell: Tell) -> None:
    """Where the server stays, so does a database on which an upgrade failed."""
    for walked in _ways_up(scene):
        if walked.failure is not None and not maker.server.throwaway:
            maker.keep(walked.database)
            tell(f"kept: {walked.database.masked}")


def _open_databases(scene: Scene, maker: DatabaseMaker | None) -> tuple[Database, ...]:
    """All that can be connected to: a sealed template cannot."""
    sealed = scene.facts[Restored].template if Restored in scene.facts else None
    return tuple(each for each in maker.made if each != sealed) if maker else ()


def _ways_up(scene: Scene) -> list[Walked]:
    return [scene.facts[kind].walked for kind in (FromEmpty, FromSnapshot) if kind in scene.facts]


def _detours(scene: Scene) -> tuple[Detour, ...]:
    """Where the project wanted to go on the way up, each place once."""
    return tuple(dict.fromkeys(detour for way in _ways_up(scene) for detour in way.detours))


def _unperformed(history: History, snapshot: Snapshot | None, config_option: str) -> Scene:
    """The scene before any act: what was read is known, what is to be run is not."""
    why = "the history does not load" if history.problem else "the history has no revision"
    facts: dict[type, object] = {}
    if history.problem is None:
        facts[Loaded] = Loaded(history)
    if snapshot is not None:
        facts[SnapshotRead] = SnapshotRead(snapshot)
    return Scene(
        history,
        snapshot,
        applied=history.up_to(snapshot.provenance.revisions) if snapshot else frozenset(),
        facts=facts,
        skipped={
            **{each.makes: why for each in EXPERIMENTS},
            Loaded: why,
            SnapshotRead: "no snapshot: production is unknown",
        },
        config_option=config_option,
    )


@contextmanager
def _stage(
    settings: Settings, crew: Crew, scene: Scene, tell: Tell
) -> Iterator[tuple[Stage, DatabaseMaker]]:
    """A throwaway server with the project on it."""
    needs = wanted(settings.postgres, scene.snapshot)
    with (
        throwaway_server(
            settings.server, needs, disposable=settings.disposable, tell=tell
        ) as server,
        database_maker(server) as make,
    ):
        tell(f"PostgreSQL {server.version} ({server.origin})")
        yield Stage(settings, scene.history, scene.snapshot, crew, make, tell, cores=cores()), make
