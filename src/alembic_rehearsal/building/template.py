"""Databases for tests: the migrations run once, and each test gets a clone of the result.

Nothing is judged here: a migration that fails ends it, with a hint to run `rehearsal run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from alembic_rehearsal.building.fill import fill_database
from alembic_rehearsal.building.start import FromSnapshot, HistoryStart, choose_start
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.databases import DatabaseMaker, database_maker, seal_template
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.postgres.shared_catalogs import shared_server_refusal
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import Child, open_project
from alembic_rehearsal.core.project.upgrade import open_walk, read_committed_stamp, run_pending
from alembic_rehearsal.core.settings.values import Settings, config_option
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, Refused
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class MigratedSchema:
    """A sealed database at head, and the maker of databases that clones it.

    Nobody can connect to `template`: PostgreSQL clones only a database without connections.
    """

    template: Database
    make: DatabaseMaker

    @contextmanager
    def clone(self) -> Iterator[Database]:
        """A clone for the block; it is dropped afterwards, and open connections are closed."""
        database = self.make("test", self.template)
        try:
            yield database
        finally:
            self.make.discard(database)


@contextmanager
def migrated_schema(
    project: Project, settings: Settings, *, tell: Tell
) -> Iterator[MigratedSchema]:
    """The project's migrations, run once on a throwaway server that lives as long as the block.

    They start from an empty database, after the bootstrap of the settings if there is one, or
    from the snapshot if the settings declare the history not replayable.  `tell` gets a line
    for each step that takes time.

    Raises `MigrationFailed` with revision, file and line for a migration that fails, `Refused`
    if the history cannot run on this server, `BootstrapFailed`, and what reading the history
    and starting a server raise.
    """
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with ExitStack() as life:
        with open_project(project) as child:
            history = read_sound_history(child)
            start = choose_start(settings, snapshot, history)
            make = _open_database_maker(settings, snapshot, history, start, tell, life)
            template = make("migrated")
            fill_database(template, start, project)
            tell(f"upgrading a database for tests to {', '.join(history.heads) or 'no revision'}")
            _upgrade(child, project, history, snapshot, template)
        seal_template(template)
        yield MigratedSchema(template, make)


def _open_database_maker(
    settings: Settings,
    snapshot: Snapshot | None,
    history: History,
    start: HistoryStart,
    tell: Tell,
    life: ExitStack,
) -> DatabaseMaker:
    """A maker of databases on a throwaway server, as similar to production's as available."""
    needs = server_needs(settings.postgres, snapshot)
    opened = throwaway_server(settings.server, needs, tell=tell, disposable=settings.disposable)
    server = life.enter_context(opened)
    tell(f"PostgreSQL {server.version} ({server.origin})")
    applied = _applied(history, snapshot) if isinstance(start, FromSnapshot) else frozenset()
    wide = [each.id for each in history.revisions if each.cluster_wide and each.id not in applied]
    if wide and not server.throwaway:
        raise Refused(
            f"{shared_server_refusal(wide[0])}.",
            remedies=('server = "auto" in [tool.rehearsal]   (a server of its own)',),
        )
    return life.enter_context(database_maker(server))


def _upgrade(
    child: Child, project: Project, history: History, snapshot: Snapshot | None, database: Database
) -> None:
    """Upgrade to head in the project's own transaction mode, as a deploy does."""
    try:
        with open_walk(child, database) as walk:
            run_pending(walk, [], lambda step: None)
            opened = walk.configuration
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why=f"no test database can be made.\n{stopped.why.strip()}".strip(),
            remedies=_remedies(project, history, snapshot, stopped.failure.revision),
        ) from stopped
    heads = read_committed_stamp(database, opened)
    if not history.is_at_head(heads):
        raise MigrationFailed(
            f"the upgrade ended without an error, yet the version table holds "
            f"{', '.join(heads) or 'nothing'} instead of {', '.join(history.heads)}.",
            why="env.py did not commit, or connected elsewhere.",
        )


def _remedies(
    project: Project, history: History, snapshot: Snapshot | None, revision: str
) -> tuple[str, ...]:
    """What to do about a revision that fails: correct it, unless production has applied it."""
    judged = f"rehearsal run --checks U{config_option(project.config)}   (what else is wrong)"
    if revision in _applied(history, snapshot):
        declare = "replayable = false in [tool.rehearsal]   (tests then start from the snapshot)"
        return (declare, judged)
    return (f"mend {revision}, then: pytest", judged) if revision else (judged,)


def _applied(history: History, snapshot: Snapshot | None) -> frozenset[str]:
    """The revisions that production has applied; none without a snapshot."""
    return history.up_to(snapshot.provenance.revisions) if snapshot else frozenset()
