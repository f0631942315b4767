"""A stage with a project on it, for tests of single experiments: real crew, real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from alembic_rehearsal.acts.stage import Experiment, Stage
from alembic_rehearsal.crew import open_crew
from alembic_rehearsal.databases import database_maker
from alembic_rehearsal.facts import Loaded, Scene, SnapshotRead
from alembic_rehearsal.history import read_history
from alembic_rehearsal.ladder import MakeDatabase
from alembic_rehearsal.performing import Performed, perform
from alembic_rehearsal.settings import Settings
from alembic_rehearsal.words import Project, Server, Snapshot


@contextmanager
def staged(
    project: Project,
    maker: AbstractContextManager[MakeDatabase],
    snapshot: Snapshot | None = None,
    **settings: object,
) -> Iterator[tuple[Stage, Scene]]:
    """The stage and the scene before any act; `settings` are those of `Settings`."""
    with open_crew(project, 2) as crew, maker as make:
        with crew.child() as child:
            history = read_history(child)
        known = Settings(project.config, **settings)  # type: ignore[arg-type]
        stage = Stage(known, history, snapshot, crew, make, lambda _: None, cores=2)
        applied = history.up_to(snapshot.provenance.revisions) if snapshot else frozenset[str]()
        read: dict[type, object] = {Loaded: Loaded(history)}
        if snapshot is not None:
            read[SnapshotRead] = SnapshotRead(snapshot)
        yield stage, Scene(history, snapshot, applied, facts=read, skipped={SnapshotRead: "none"})


def performed(
    project: Project,
    server: Server,
    *experiments: Experiment,
    snapshot: Snapshot | None = None,
    **settings: object,
) -> Performed:
    """Perform these experiments on a project, as a rehearsal would."""
    with staged(project, database_maker(server), snapshot, **settings) as (stage, scene):
        return perform(experiments, stage, scene)
