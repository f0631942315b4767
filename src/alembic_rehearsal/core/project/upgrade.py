"""Driving a project's Alembic on one database: upgrades, steps, and what they leave behind.

It knows how to walk; why, and what it means, is for the acts and the stories.
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
from alembic_rehearsal.core.values.errors import NoMigrationRan, ToolFailed

OnStep = Callable[[Step], None]


@contextmanager
def open_walk(
    child: Child, database: Database, *, mode: WalkMode = WalkMode.PROJECT
) -> Iterator[Walk]:
    """A walk on a disposable database, after making sure that it is one.

    The database must carry the mark of provisioning, seen from a connection of our own,
    and the project's connection must have ended up in that very database.  Raises
    `ToolFailed` otherwise, before any statement of a migration has run.

    A migration that waits for a lock of its own process is ended, and its failure says so.
    """
    expected = read_marker(database)
    if expected is None:
        raise ToolFailed(
            f"{database.masked} carries no mark of a rehearsal; nothing was run on it."
        )
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
            raise ToolFailed(
                f"env.py is connected to {connected.database if connected else walk.configuration.dialect}, not to "
                f"{database.masked}; nothing was run.",
                remedies=("url_variables = [...]   (what the application reads its URL from)",),
            )
        yield walk


def run_upgrade(
    child: Child, database: Database, on_step: OnStep, *, mode: WalkMode = WalkMode.PROJECT
) -> UpgradeRun:
    """`alembic upgrade` to the target, by itself in the project's own mode, as a deploy runs it.

    An env.py that ends well and runs nothing is a way without a step.
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
    """A server that ran out of something says nothing about the migration: `ToolFailed`.

    SQLSTATE class 53 is "insufficient resources": disk full, out of memory, too many
    connections (PostgreSQL manual, Error Codes).
    """
    if failure.sqlstate.startswith("53"):
        raise ToolFailed(
            f"the rehearsal server gave up in revision {failure.revision}: {failure.message}.",
            remedies=("free some space in /dev/shm and TMPDIR", "set TMPDIR to a larger disk"),
        )


def run_pending(walk: Walk, steps: list[Step], on_step: OnStep, *, destination: str = "") -> None:
    """Run all that is pending below `destination` or the project's own target.

    `steps` has what succeeded, come what may.
    """
    for revision in walk.plan(destination):
        steps.append(walk.up(revision))
        on_step(steps[-1])


def version_table_name(opened: EnvConfiguration) -> str:
    """The name of the version table that env.py configured, qualified as far as it says.

    As SQL has it; in SQLite, as it is.
    """
    schema, table = opened.version_table_schema, opened.version_table
    if opened.dialect != "postgresql":
        return table
    return configured_name(table, schema)


def read_committed_stamp(database: Database, opened: EnvConfiguration) -> tuple[str, ...]:
    """The revisions in the version table, read by a connection that saw nothing of the run."""
    with connect(database) as connection:
        return read_stamp(connection, version_table_name(opened))


def _read_heads(database: Database, walk: Walk | None, failure: Failure | None) -> tuple[str, ...]:
    """Where an upgrade has ended; where env.py names no version table, that which is there."""
    if walk is not None:
        return read_committed_stamp(database, walk.configuration)
    if failure is not None:
        return ()
    with connect(database) as connection:
        table = find_version_table(connection)
        return read_stamp(connection, table) if table else ()


def step_line(history: History, step: Step, start: str = "") -> str:
    """The progress line of one revision: from where, id, what it is about, seconds."""
    revision = history.find(step.revision)
    doc = revision.doc if revision else ""
    return f"  {start}{step.revision}  {doc:<44}  {step.seconds:.2f} s"
