"""Single experiments on tiny projects, performed on a test's own server, and their scene.

scene = performed(project, server, OFFLINE)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.acts.stage import Experiment, Stage
from alembic_rehearsal.acts.upgrades import FROM_EMPTY, FROM_SNAPSHOT, RESTORED
from alembic_rehearsal.checks import judge
from alembic_rehearsal.crew import open_crew
from alembic_rehearsal.databases import database_maker
from alembic_rehearsal.facts import Loaded, Scene, SnapshotRead
from alembic_rehearsal.history import read_history
from alembic_rehearsal.performing import perform
from alembic_rehearsal.settings import Settings
from alembic_rehearsal.words import Finding, Project, Provenance, Server, Snapshot

WAYS_UP = (FROM_EMPTY, RESTORED, FROM_SNAPSHOT)


def performed(
    project: Project,
    server: Server,
    *experiments: Experiment,
    snapshot: Snapshot | None = None,
    settings: Settings | None = None,
) -> Scene:
    """The scene after the ways up and these experiments."""
    with _staged(project, server, snapshot, settings) as (stage, scene):
        return perform((*WAYS_UP, *experiments), stage, scene).scene


def found(code: str, scene: Scene) -> list[Finding]:
    """The findings of one check."""
    findings, _ = judge(scene)
    return [each for each in findings if each.code == code]


def production(sql: str, *revisions: str) -> Snapshot:
    """A snapshot with this schema, at these revisions."""
    provenance = Provenance(
        revisions, "13.0", "UTF8", "C", "UTC", {}, {}, "public.alembic_version", "", "", ""
    )
    return Snapshot(Path("/srv/production.sql"), sql, provenance)


@contextmanager
def _staged(
    project: Project, server: Server, snapshot: Snapshot | None, settings: Settings | None
) -> Iterator[tuple[Stage, Scene]]:
    with open_crew(project, 2) as crew, database_maker(server) as make:
        with crew.child() as child:
            history = read_history(child)
        facts: dict[type, object] = {Loaded: Loaded(history)}
        if snapshot is not None:
            facts[SnapshotRead] = SnapshotRead(snapshot)
        applied = history.up_to(snapshot.provenance.revisions) if snapshot else frozenset()
        scene = Scene(history, snapshot, applied, facts, {SnapshotRead: "no snapshot"})
        known = settings or Settings(project.config)
        yield Stage(known, history, snapshot, crew, make, lambda line: None, cores=2), scene
