"""The story of a rehearsal: read, restore, run, judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from alembic_rehearsal.acts import EXPERIMENTS
from alembic_rehearsal.acts.stage import Experiment, Skip, Stage, Tell
from alembic_rehearsal.checks import expect_known, judge
from alembic_rehearsal.databases import database_maker
from alembic_rehearsal.facts import Act, FromEmpty, FromSnapshot, Report, Scene
from alembic_rehearsal.history import read_history
from alembic_rehearsal.project.host import Child, open_project
from alembic_rehearsal.servers import throwaway_server
from alembic_rehearsal.settings import Settings
from alembic_rehearsal.snapshots import read_snapshot, wanted
from alembic_rehearsal.words import Database, Detour, History, Project, Server, Snapshot

Linger = Callable[[tuple[str, ...]], None]


def rehearse(
    project: Project,
    settings: Settings,
    *,
    tell: Tell,
    all_fail: bool = False,
    linger: Linger | None = None,
) -> Report:
    """Hold one rehearsal from start to finish.

    `tell` is given one line for each thing that takes time.  `all_fail` makes findings
    on revisions that production has applied count for `Report.failed` as well.  `linger`
    is called with the URLs of all databases before they go.

    Raises `RehearsalError` where the rehearsal could not be held at all; what is wrong
    with the history or the schema is in the report.
    """
    begun = time.perf_counter()
    expect_known(settings.waive)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with open_project(project) as child:
        history = read_history(child)
        scene = _unperformed(history, snapshot)
        acts: tuple[Act, ...] = ()
        server: Server | None = None
        if history.problem is None and history.revisions:
            with _stage(settings, child, scene, tell, linger) as (stage, server):
                scene, acts = perform(EXPERIMENTS, stage, scene)
    findings, not_judged = judge(scene, settings.waive, all_fail=all_fail)
    return Report(
        history=history,
        snapshot=snapshot,
        server=server,
        pending=tuple(each.id for each in history.revisions if scene.is_pending(each.id)),
        acts=acts,
        findings=findings,
        not_judged=not_judged,
        seconds=time.perf_counter() - begun,
        detours=_detours(scene),
    )


def _detours(scene: Scene) -> tuple[Detour, ...]:
    """Where the project wanted to go on the way up, each place once."""
    ways = [scene.facts[kind].walked for kind in (FromEmpty, FromSnapshot) if kind in scene.facts]
    return tuple(dict.fromkeys(detour for walked in ways for detour in walked.detours))


def _unperformed(history: History, snapshot: Snapshot | None) -> Scene:
    """The scene before any act: production's revisions are known, everything else is not."""
    why = "the history does not load" if history.problem else "the history has no revision"
    applied = history.up_to(snapshot.provenance.revisions) if snapshot else frozenset()
    return Scene(history, snapshot, applied, skipped={each.makes: why for each in EXPERIMENTS})


@contextmanager
def _stage(
    settings: Settings, child: Child, scene: Scene, tell: Tell, linger: Linger | None
) -> Iterator[tuple[Stage, Server]]:
    """A throwaway server with the project on it; everything is gone afterwards."""
    needs = wanted(settings.postgres, scene.snapshot)
    with (
        throwaway_server(
            settings.server, needs, disposable=settings.disposable, tell=tell
        ) as server,
        database_maker(server) as make,
    ):
        tell(f"PostgreSQL {server.version} ({server.origin})")
        made: list[Database] = []

        def remembered(purpose: str, template: Database | None = None) -> Database:
            made.append(make(purpose, template))
            return made[-1]

        yield Stage(settings, scene.history, scene.snapshot, child, remembered, tell), server
        if linger is not None:
            linger(tuple(each.url("") for each in made))


def perform(
    experiments: tuple[Experiment, ...], stage: Stage, scene: Scene
) -> tuple[Scene, tuple[Act, ...]]:
    """Perform each experiment whose facts are there; say of the others why they were skipped."""
    acts: list[Act] = []
    for each in experiments:
        begun = time.perf_counter()
        try:
            fact = _perform(each, stage, scene)
        except Skip as skip:
            scene = replace(scene, skipped={**scene.skipped, each.makes: str(skip)})
            acts.append(Act(each.name, skipped=str(skip)))
        else:
            scene = replace(scene, facts={**scene.facts, each.makes: fact})
            acts.append(Act(each.name, seconds=time.perf_counter() - begun))
    return scene, tuple(acts)


def _perform(each: Experiment, stage: Stage, scene: Scene) -> object:
    for kind in each.needs:
        if kind not in scene.facts:
            raise Skip(scene.skipped[kind])
    stage.tell(each.name)
    return each.perform(stage, scene)
