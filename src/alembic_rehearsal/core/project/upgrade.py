"""Upgrades of one database by a project's Alembic, and the stamp that they leave.

Opens checked walks and runs pending revisions; does not judge the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import read_marker
from alembic_rehearsal.core.project.answers import EnvConfiguration, StepFailed
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.project.self_deadlock import watch_for_self_deadlock
from alembic_rehearsal.core.project.steps import Failure, Step, UpgradeRun, WalkMode
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.schema.version_table import (
    configured_name,
    find_version_table,
    read_stamp,
)
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, NoMigrationRan, ToolFailed
from alembic_rehearsal.core.values.phrases import revisions_text

OnStep = Callable[[Step], None]


@contextmanager
def open_walk(
    child: Child, database: Database, *, mode: WalkMode = WalkMode.PROJECT
) -> Iterator[Walk]:
    """A walk on a disposable database, after a check that it is disposable.

    The database must have our marker, read over a connection of our own, and the project must
    be connected to that same database.  Raises `ToolFailed` otherwise, before any statement
    of a migration has run; else what `Child.walk` raises.

    A migration that waits for a lock of its own process is cancelled, and its failure says so.
    """
    expected = read_marker(database)
    if expected is None:
        raise ToolFailed(f"{database.masked} has no marker of a rehearsal; nothing was run on it.")
    stamp_reader = partial(read_committed_stamp, database)
    with (
        watch_for_self_deadlock(database) as watch,
        child.walk(database, mode=mode, read_stamp=stamp_reader, explain=watch.explain) as walk,
    ):
        connected = walk.configuration.connected_to
        if connected is None or (connected.comment, connected.database) != (
            expected,
            database.name,
        ):
            actual = connected.database if connected else walk.configuration.dialect
            raise ToolFailed(
                f"env.py is connected to {actual}, not to {database.masked}; nothing was run.",
                remedies=("url_variables = [...]   (what the application reads its URL from)",),
            )
        yield walk


def run_upgrade(
    child: Child, database: Database, on_step: OnStep, *, mode: WalkMode = WalkMode.PROJECT
) -> UpgradeRun:
    """Run `alembic upgrade` to the project's target; without `mode`, as a deploy runs it.

    A failing step is data.  When env.py ends without an error and runs no migration, the result
    has no steps, and its `heads` come from the version table in the database, if there is one.
    Raises what `open_walk` and `check_resources` raise, except `StepFailed`.
    """
    steps: list[Step] = []
    failure: Failure | None = None
    walk: Walk | None = None
    try:
        with suppress(NoMigrationRan), open_walk(child, database, mode=mode) as walk:
            run_pending(walk, steps, on_step)
    except StepFailed as stopped:
        failure = stopped.failure
        check_resources(failure)
    return UpgradeRun(
        database=database,
        steps=tuple(steps),
        heads=_read_heads(database, walk, failure),
        failure=failure,
        detours=walk.detours if walk else (),
        has_target_metadata=walk.configuration.has_target_metadata if walk else False,
        transaction_per_migration=walk.configuration.transaction_per_migration if walk else False,
        transaction_begun_by=walk.configuration.transaction_begun_by if walk else "",
        version_table=version_table_name(walk.configuration) if walk else "",
    )


def check_resources(failure: Failure) -> None:
    """Raise `ToolFailed` when the server ran out of resources: the migration is not at fault.

    SQLSTATE class 53 is "insufficient resources": disk full, out of memory, too many
    connections (PostgreSQL manual, Error Codes).
    """
    if failure.sqlstate.startswith("53"):
        raise ToolFailed(
            f"the rehearsal server ran out of resources in revision {failure.revision}: "
            f"{failure.message}.",
            remedies=("free some space in /dev/shm and TMPDIR", "set TMPDIR to a larger disk"),
        )


def run_pending(walk: Walk, steps: list[Step], on_step: OnStep, *, destination: str = "") -> None:
    """Run all pending revisions up to `destination`, or to the project's target without one.

    Each step that succeeds is appended to `steps` at once, so that it is there after an error.
    """
    for revision in walk.plan(destination):
        steps.append(walk.up(revision))
        on_step(steps[-1])


def version_table_name(opened: EnvConfiguration) -> str:
    """The name in SQL of the version table that env.py configured, with the schema it gives.

    On SQLite, the name without quotes.
    """
    if opened.dialect != "postgresql":
        return opened.version_table
    return configured_name(opened.version_table, opened.version_table_schema)


def read_committed_stamp(database: Database, opened: EnvConfiguration) -> tuple[str, ...]:
    """The revisions in the version table, read over a new connection: only committed ones."""
    with connect(database) as connection:
        return read_stamp(connection, version_table_name(opened))


def _read_heads(database: Database, walk: Walk | None, failure: Failure | None) -> tuple[str, ...]:
    """The heads after an upgrade; from any version table found if env.py configured none."""
    if walk is not None:
        return read_committed_stamp(database, walk.configuration)
    if failure is not None:
        return ()
    with connect(database) as connection:
        table = find_version_table(connection)
        return read_stamp(connection, table) if table else ()


def step_line(history: History, step: Step, start: str = "") -> str:
    """The progress line of one step: `start`, revision, its message, seconds."""
    revision = history.find(step.revision)
    doc = revision.doc if revision else ""
    return f"  {start}{step.revision}  {doc:<44}  {step.seconds:.2f} s"


def expect_at_head(history: History, revisions: tuple[str, ...], where: str) -> None:
    """Raise `MigrationFailed` where an upgrade ended without an error below head.

    `revisions` were read by another connection; `where` is the database's masked URL.
    """
    if not history.is_at_head(revisions):
        raise MigrationFailed(
            f"the upgrade ended without an error, yet {where} is at {revisions_text(revisions)} "
            f"instead of {revisions_text(history.heads)}.",
            why="env.py did not commit, or connected elsewhere.",
        )
