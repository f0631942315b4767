"""The development database: the checkout's own, brought to head and kept there.

It is disposable, but not thrown away: `stop` leaves its data, `reset` makes it anew.  A
database that is given by URL is not touched here; that is `initialize.py`'s story.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from alembic_rehearsal.building.bootstrap import bootstrap
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.connections import libpq_environment
from alembic_rehearsal.core.postgres.contents import is_empty, user_tables
from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.project.answers import EnvConfiguration, StepFailed
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import Child, open_project
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.project.upgrade import (
    open_walk,
    read_committed_stamp,
    run_pending,
    step_line,
)
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, Refused
from alembic_rehearsal.core.values.phrases import revisions_text
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.development.database import (
    alone,
    being_filled,
    cleared,
    emptied,
    running,
    started,
    stopped,
)
from alembic_rehearsal.development.dotenv import set_variable
from alembic_rehearsal.development.values import Migrated
from alembic_rehearsal.snapshot.files import expect_way_up, read_snapshot, wanted
from alembic_rehearsal.snapshot.restore import restore
from alembic_rehearsal.snapshot.values import Snapshot

Tell = Callable[[str], None]


# --- as it stands ------------------------------------------------------------------------


def start(settings: Settings, *, tell: Tell) -> Database:
    """The development database, its server started if it is not running, itself maybe empty."""
    return started(settings, wanted(settings.postgres, _snapshot(settings)), tell)


def stop(settings: Settings) -> str:
    """Stop the development server, keeping its data; what came of it, in words."""
    return stopped(settings)


def url(settings: Settings) -> str:
    """The URL of the database on a server that runs, as psql takes it; with its password."""
    return running(settings).url("")


def psql(settings: Settings, arguments: tuple[str, ...]) -> int:
    """psql on the development database, on this terminal; its exit code."""
    database = running(settings)
    program = find_client_program("psql", at_least=database.server.major)
    return subprocess.run([program, *arguments], env=libpq_environment(database)).returncode


def write_env(settings: Settings) -> Path:
    """Put the running database's URL into the checkout's .env, other lines left as they are."""
    path = settings.folder / ".env"
    set_variable(path, settings.url_variables[0], running(settings).url())
    return path


# --- brought to head ---------------------------------------------------------------------


def migrate(project: Project, settings: Settings, *, tell: Tell) -> Migrated:
    """Bring the development database to head, from production's schema if it is empty.

    Where there is no snapshot, from what the settings' bootstrap makes; what that has left when
    it failed or was killed is not built on: the next time begins with an empty database.

    Raises `BootstrapFailed`, and `MigrationFailed` when a revision does not run: the database
    stays as the failure left it.  Raises `Refused` when the database is at a revision that
    this checkout does not have.
    """
    return _brought_to_head(project, settings, tell, anew=False)


def reset(project: Project, settings: Settings, *, tell: Tell) -> Migrated:
    """Make the development database again, as `migrate` does on a fresh clone.

    The server keeps its port and password, unless it cannot serve any more: then it is
    made anew, too.  Nothing is dropped where the history or the snapshot is not fit to
    make the database from.
    """
    return _brought_to_head(project, settings, tell, anew=True)


def _brought_to_head(project: Project, settings: Settings, tell: Tell, *, anew: bool) -> Migrated:
    begun = time.perf_counter()
    snapshot = _snapshot(settings)
    needs = wanted(settings.postgres, snapshot)
    with open_project(project) as child, alone(settings, tell):
        history = read_sound_history(child)
        if anew:
            if snapshot:
                expect_way_up(snapshot, history)
            cleared(settings, needs, tell)
        database = emptied(started(settings, needs, tell))
        start = ""
        if is_empty(database):
            start = _fill(database, project, settings, snapshot, history, tell)
        steps, opened = _upgrade(child, history, database, tell)
    heads = read_committed_stamp(database, opened)
    _check_arrived(history, heads, database)
    return Migrated(
        database=database,
        start=start or f"was at {revisions_text(opened.heads)}",
        steps=steps,
        heads=heads,
        tables=len(user_tables(database)),
        seconds=time.perf_counter() - begun,
    )


def _snapshot(settings: Settings) -> Snapshot | None:
    return read_snapshot(settings.snapshot) if settings.snapshot else None


def _fill(
    database: Database,
    project: Project,
    settings: Settings,
    snapshot: Snapshot | None,
    history: History,
    tell: Tell,
) -> str:
    """Give an empty database production's schema; where it stood or stands now, in words.

    Without a snapshot it is what a rehearsal's way from empty begins with, too.
    """
    if snapshot is None:
        if not settings.bootstrap or not settings.replayable:
            return "was empty"
        tell(f"bootstrap: {settings.bootstrap}")
        with being_filled(database):
            bootstrap(settings.bootstrap, project, database)
        return "was empty, bootstrapped"
    expect_way_up(snapshot, history)
    start = f"production at {revisions_text(snapshot.provenance.revisions)}"
    tell(f"restoring {snapshot.path.name}: {start}")
    restore(snapshot, database, make_roles=database.server.ours)
    return start


def _upgrade(
    child: Child, history: History, database: Database, tell: Tell
) -> tuple[tuple[Step, ...], EnvConfiguration]:
    """The steps that were taken, and what env.py configured."""
    steps: list[Step] = []
    try:
        with open_walk(child, database) as walk:
            _check_known(history, walk.configuration.heads)
            run_pending(walk, steps, lambda step: tell(step_line(history, step)))
            return tuple(steps), walk.configuration
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why=stopped.why,
            remedies=(f"make psql        (the database is kept: {database.masked})", "make reset"),
        ) from stopped


def _check_known(history: History, revisions: tuple[str, ...]) -> None:
    unknown = history.unknown(revisions)
    if unknown:
        raise Refused(
            f"the development database is at {', '.join(unknown)}, which {history.location} "
            f"does not contain (head: {', '.join(history.heads)}).",
            why="another branch of the code migrated it.",
            remedies=("make reset   (makes it anew; nothing else is touched)",),
        )


def _check_arrived(history: History, heads: tuple[str, ...], database: Database) -> None:
    if not history.is_at_head(heads):
        raise MigrationFailed(
            f"the upgrade ended without an error, yet {database.masked} is at "
            f"{revisions_text(heads)} instead of {', '.join(history.heads)}.",
            why="env.py did not commit, or connected elsewhere.",
        )
