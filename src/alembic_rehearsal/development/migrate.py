"""The checkout's development database: started, brought to head, reset and stopped.

`stop` keeps its data, `reset` recreates it.  A database that is given by URL is not touched
here; `deploy/migrate.py` upgrades it.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from alembic_rehearsal.building.fill import fill_database
from alembic_rehearsal.building.start import Bootstrap, FromSnapshot, HistoryStart, choose_start
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.connections import libpq_environment
from alembic_rehearsal.core.postgres.contents import is_empty, user_tables
from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.project.answers import EnvConfiguration, StepFailed
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import Child, open_project
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.project.upgrade import (
    expect_at_head,
    open_walk,
    read_committed_stamp,
    run_pending,
    step_line,
)
from alembic_rehearsal.core.settings.dotenv import set_variable
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, Refused
from alembic_rehearsal.core.values.phrases import revisions_text
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.development.database import (
    drop_database_or_server,
    find_running_database,
    hold_checkout_lock,
    mark_unfinished,
    recreate_if_unfinished,
    start_database,
    stop_own_server,
)
from alembic_rehearsal.development.values import MigrationResult
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs
from alembic_rehearsal.snapshot.values import Snapshot

# --- without migrations -----------------------------------------------------------------


def start(settings: Settings, *, tell: Tell) -> Database:
    """The development database, possibly empty; starts its server if it is not running."""
    return start_database(settings, server_needs(settings.postgres, _read_snapshot(settings)), tell)


def stop(settings: Settings) -> str:
    """Stop the development server and keep its data; the result in words."""
    return stop_own_server(settings)


def development_url(settings: Settings) -> str:
    """The running database's URL in libpq format, with its password.  Raises `NoServer`."""
    return find_running_database(settings).url("")


def run_psql(settings: Settings, arguments: tuple[str, ...]) -> int:
    """Run psql on the development database in this terminal, and return its exit code."""
    database = find_running_database(settings)
    program = find_client_program("psql", at_least=database.server.major)
    return subprocess.run([program, *arguments], env=libpq_environment(database)).returncode


def write_env(settings: Settings) -> Path:
    """Write the running database's URL into the checkout's .env; other lines stay."""
    path = settings.folder / ".env"
    set_variable(path, settings.url_variables[0], find_running_database(settings).url())
    return path


# --- with migrations --------------------------------------------------------------------


def migrate(project: Project, settings: Settings, *, tell: Tell) -> MigrationResult:
    """Bring the development database to head, from production's schema if it is empty.

    Without a snapshot an empty database is filled by the bootstrap of the settings.  After a
    bootstrap that failed or was killed, the next run starts with an empty database.

    Raises what `choose_start` raises, `BootstrapFailed`, and `MigrationFailed` when a revision
    does not run: the database stays as the failure left it.  Raises `Refused` when the database
    is at a revision that this checkout does not have.
    """
    return _bring_to_head(project, settings, tell, recreate=False)


def reset(project: Project, settings: Settings, *, tell: Tell) -> MigrationResult:
    """Drop the development database and create it as `migrate` does on a fresh clone.

    The server keeps its port and password; one that no longer works is recreated.  Nothing is
    dropped where the history or the snapshot has an error.
    """
    return _bring_to_head(project, settings, tell, recreate=True)


def _bring_to_head(
    project: Project, settings: Settings, tell: Tell, *, recreate: bool
) -> MigrationResult:
    begun = time.perf_counter()
    snapshot = _read_snapshot(settings)
    needs = server_needs(settings.postgres, snapshot)
    with open_project(project) as child, hold_checkout_lock(settings, tell):
        history = read_sound_history(child)
        if recreate:
            choose_start(settings, snapshot, history, prefer_snapshot=True)  # or nothing is dropped
            drop_database_or_server(settings, needs, tell)
        database = recreate_if_unfinished(start_database(settings, needs, tell))
        filled = ""
        if is_empty(database):
            start = choose_start(settings, snapshot, history, prefer_snapshot=True)
            filled = _fill(database, start, project, tell)
        steps, opened = _upgrade(child, history, database, tell)
    heads = read_committed_stamp(database, opened)
    expect_at_head(history, heads, database.masked)
    return MigrationResult(
        database=database,
        start=filled or f"was at {revisions_text(opened.heads)}",
        steps=steps,
        heads=heads,
        tables=len(user_tables(database)),
        seconds=time.perf_counter() - begun,
    )


def _read_snapshot(settings: Settings) -> Snapshot | None:
    return read_snapshot(settings.snapshot) if settings.snapshot else None


def _fill(database: Database, start: HistoryStart, project: Project, tell: Tell) -> str:
    """Fill an empty database with the start of the history; returns that start in words."""
    if isinstance(start, FromSnapshot):
        snapshot = start.snapshot
        text = f"production at {revisions_text(snapshot.provenance.revisions)}"
        tell(f"restoring {snapshot.path.name}: {text}")
        fill_database(database, start, project)
        return text
    if isinstance(start, Bootstrap):
        tell(f"bootstrap: {start.source}")
        with mark_unfinished(database):
            fill_database(database, start, project)
        return "was empty, bootstrapped"
    return "was empty"


def _upgrade(
    child: Child, history: History, database: Database, tell: Tell
) -> tuple[tuple[Step, ...], EnvConfiguration]:
    """The steps that were run, and what env.py configured."""
    steps: list[Step] = []
    try:
        with open_walk(child, database) as walk:
            _expect_known_revisions(history, walk.configuration.heads)
            run_pending(walk, steps, lambda step: tell(step_line(history, step)))
            return tuple(steps), walk.configuration
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why=stopped.why,
            remedies=(f"make psql        (the database is kept: {database.masked})", "make reset"),
        ) from stopped


def _expect_known_revisions(history: History, revisions: tuple[str, ...]) -> None:
    unknown = history.unknown(revisions)
    if unknown:
        raise Refused(
            f"the development database is at {', '.join(unknown)}, which {history.location} "
            f"does not contain (head: {', '.join(history.heads)}).",
            why="another branch of the code migrated it.",
            remedies=("make reset   (recreates it; nothing else is touched)",),
        )
