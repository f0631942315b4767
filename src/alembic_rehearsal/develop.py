"""The development database: the checkout's own Postgres, brought to head and kept there.

It is disposable, but not thrown away: `down` stops it, `reset` makes it anew.  A database
that is given by URL is not touched here; that is `initialize.py`'s story.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.databases import count_tables, create, drop, exists, is_empty
from alembic_rehearsal.drive import arrived_at, climb, step_line, walking
from alembic_rehearsal.errors import (
    MigrationFailed,
    NoServer,
    Refused,
    WrongServer,
)
from alembic_rehearsal.facts import Migrated
from alembic_rehearsal.history import read_sound_history
from alembic_rehearsal.project.host import Child, Opened, StepFailed, open_project
from alembic_rehearsal.servers import (
    client_program,
    development_server,
    make_home,
    running_development_server,
    stop_development_server,
)
from alembic_rehearsal.servers.folders import locked
from alembic_rehearsal.settings import Settings, environment
from alembic_rehearsal.snapshots import read_snapshot, restore, wanted
from alembic_rehearsal.words import Database, History, Project, Snapshot, Step

NAME = "development"
Tell = Callable[[str], None]


# --- the server --------------------------------------------------------------------------


def start(settings: Settings, *, tell: Tell) -> Database:
    """The development database, its server started if it is not running, itself maybe empty."""
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    return _start(settings, snapshot, tell)


def stop(settings: Settings) -> bool:
    """Stop the development server, keeping its data; False where none was running."""
    return stop_development_server(_home(settings))


def running(settings: Settings) -> Database:
    """The development database of a server that is running; raises `NoServer` otherwise."""
    server = running_development_server(_home(settings))
    if server is None:
        raise NoServer(
            f"no development Postgres is running for {settings.folder}.",
            ways_out=("make migrate   (starts it, and brings it to head)", "make up"),
        )
    return Database(server, NAME)


def psql(settings: Settings, arguments: tuple[str, ...]) -> int:
    """psql on the development database, on this terminal; its exit code."""
    database = running(settings)
    program = client_program("psql", at_least=database.server.major)
    variables = {**environment(), "PGPASSWORD": database.server.password}
    server = database.server
    place = ["-h", server.host, "-p", str(server.port), "-U", server.user, "-d", database.name]
    return subprocess.run([program, *place, *arguments], env=variables).returncode


def write_env(settings: Settings) -> Path:
    """Put the running database's URL into the checkout's .env, other lines left as they are."""
    path = settings.folder / ".env"
    variable = settings.url_variables[0]
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    others = [line for line in lines if line.partition("=")[0].strip() != variable]
    line = f"{variable}={running(settings).url()}"
    path.write_text("\n".join([*others, line]) + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


# --- its database ------------------------------------------------------------------------


def migrate(project: Project, settings: Settings, *, tell: Tell) -> Migrated:
    """Bring the development database to head, from production's schema if it is empty.

    Raises `MigrationFailed` when a revision does not run: the database stays as the
    failure left it.  Raises `Refused` when the database is at a revision that this
    checkout does not have.
    """
    begun = time.perf_counter()
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with open_project(project) as child, _alone(settings, tell):
        history = read_sound_history(child)
        database = _start(settings, snapshot, tell)
        if is_empty(database):
            begins_at = _fill(database, snapshot, history, tell)
        else:
            begins_at = "already there"
        steps, opened = _upgrade(child, history, database, tell)
    heads = arrived_at(database, opened)
    _check_arrived(history, heads, database)
    return Migrated(
        database=database,
        start=begins_at,
        steps=steps,
        heads=heads,
        tables=count_tables(database),
        seconds=time.perf_counter() - begun,
    )


def reset(project: Project, settings: Settings, *, tell: Tell) -> Migrated:
    """Make the development database again, as `migrate` does on a fresh clone.

    The server keeps its port and password, unless it cannot serve any more: then it is
    made anew, too.
    """
    try:
        with _alone(settings, tell):
            drop(start(settings, tell=tell))
    except (NoServer, Refused, WrongServer) as error:
        tell(f"{error.what} Making the server anew.")
        stop_development_server(_home(settings), erase=True)
    return migrate(project, settings, tell=tell)


@contextmanager
def _alone(settings: Settings, tell: Tell) -> Iterator[None]:
    """One process at a time makes, fills and migrates the database."""
    home = _home(settings)
    make_home(home)
    with locked(
        home / "migrating.lock", when_waiting=lambda: tell("waiting for another migrate to end")
    ):
        yield


def _home(settings: Settings) -> Path:
    return settings.folder / ".rehearsal"


def _start(settings: Settings, snapshot: Snapshot | None, tell: Tell) -> Database:
    needs = wanted(settings.postgres, snapshot)
    server = development_server(settings.server, needs, _home(settings), tell=tell)
    if not exists(server, NAME):
        create(server, NAME, purpose="development")
    database = Database(server, NAME)
    tell(f"{database.masked} on PostgreSQL {server.version} ({server.origin})")
    if server.note:
        tell(server.note)
    return database


def _fill(database: Database, snapshot: Snapshot | None, history: History, tell: Tell) -> str:
    """Give an empty database production's schema; what it then stands at, in words."""
    if snapshot is None:
        return "from empty (no snapshot)"
    _check_plannable(history, snapshot)
    at = ", ".join(snapshot.provenance.revisions) or "no revision"
    tell(f"restoring {snapshot.path.name}: production at {at}")
    restore(snapshot, database, make_roles=True)
    return f"production at {at}"


def _check_plannable(history: History, snapshot: Snapshot) -> None:
    unknown = [id for id in snapshot.provenance.revisions if history.find(id) is None]
    if unknown:
        raise Refused(
            f"{snapshot.path} is at revision {', '.join(unknown)}, which the history does not "
            f"contain (head: {', '.join(history.heads)}).",
            why="there is no way up from there; nothing was restored.",
            ways_out=(
                "git fetch && git rebase main   (the revision may be on main)",
                "make snapshot                  (if production was stamped by hand)",
            ),
        )


def _upgrade(
    child: Child, history: History, database: Database, tell: Tell
) -> tuple[tuple[Step, ...], Opened]:
    """The steps that were taken, and what env.py configured."""
    steps: list[Step] = []
    try:
        with walking(child, database) as walk:
            _check_known(history, walk.opened.heads)
            climb(walk, steps, lambda step: tell(step_line(history, step)))
            return tuple(steps), walk.opened
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why=stopped.why,
            ways_out=(f"make psql        (the database is kept: {database.masked})", "make reset"),
        ) from stopped


def _check_known(history: History, revisions: tuple[str, ...]) -> None:
    unknown = [id for id in revisions if history.find(id) is None]
    if unknown:
        raise Refused(
            f"the development database is at {', '.join(unknown)}, which {history.location} "
            f"does not contain (head: {', '.join(history.heads)}).",
            why="another branch of the code migrated it.",
            ways_out=("make reset   (makes it anew; nothing else is touched)",),
        )


def _check_arrived(history: History, heads: tuple[str, ...], database: Database) -> None:
    if not history.is_at_head(heads):
        raise MigrationFailed(
            f"the upgrade ended without an error, yet {database.masked} is at "
            f"{', '.join(heads) or 'no revision'} instead of {', '.join(history.heads)}.",
            why="env.py did not commit, or connected elsewhere.",
        )
