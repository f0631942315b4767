"""Stamping and upgrading a database that somebody needs, with retries.

Whether it may be done was decided before.  A migration that could not get a lock is run
again; every other failure ends the deploy.
"""

from __future__ import annotations

import time

from psycopg2.errors import InsufficientPrivilege

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.answers import EnvConfiguration, StepFailed
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.project.upgrade import (
    expect_at_head,
    run_pending,
    step_line,
    version_table_name,
)
from alembic_rehearsal.core.schema.version_table import write_stamp
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, Refused
from alembic_rehearsal.core.values.phrases import revisions_text
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.deploy.inspect_database import inspect_database, read_revisions
from alembic_rehearsal.deploy.mutex import Mutex
from alembic_rehearsal.deploy.plan import Action, Plan

# lock_not_available, which lock_timeout raises, and deadlock_detected (PostgreSQL manual,
# Error Codes): the same statement may succeed a moment later.
RETRIED_SQLSTATES = frozenset({"55P03", "40P01"})
FIRST_PAUSE = 1.0  # seconds; each one is twice as long as the one before


def stamp_database(child: Child, plan: Plan, mutex: Mutex, tell: Tell) -> None:
    """Write the plan's `start_revisions` into the version table that env.py configures.

    Raises `Refused` where env.py is connected to another database, finds a revision there
    already, or may not write the table.
    """
    target = plan.address.target
    assert isinstance(target, Database), "files are never adopted"
    with child.walk(target, rehearsal=False) as walk:
        _expect_same_database(plan, walk.configuration, mutex, begins_at=())
        opened = walk.configuration
    with connect(target) as connection:
        try:
            write_stamp(connection, version_table_name(opened), plan.start_revisions)
        except InsufficientPrivilege as error:
            user, schema = target.server.user, opened.version_table_schema or "public"
            raise Refused(
                f"{user} may not create {version_table_name(opened)} in {target.masked}: "
                f"{error.diag.message_primary}; nothing was changed.",
                remedies=(f'GRANT CREATE ON SCHEMA {schema} TO "{user}";',),
            ) from error
    tell(f"stamped with {revisions_text(plan.start_revisions)}")


def upgrade_with_retries(
    child: Child, plan: Plan, mutex: Mutex, *, retries: int, tell: Tell
) -> tuple[Step, ...]:
    """Run the pending revisions and return the steps that were committed.

    A migration that could not get a lock is run again up to `retries` times, after 1, 2, 4 ...
    seconds.  Raises `MigrationFailed` when a revision does not run: the database stays as the
    failure left it, and the next run continues there.  Raises `Refused` where env.py is
    connected to another database.
    """
    steps: list[Step] = []
    pause = FIRST_PAUSE
    begins_at = plan.start_revisions
    if Action.RESTORE in plan.actions:
        begins_at = _current_revisions(plan)
    while True:
        try:
            opened = _run_once(child, plan, mutex, begins_at, steps, tell)
            break
        except StepFailed as stopped:
            if retries <= 0 or stopped.failure.sqlstate not in RETRIED_SQLSTATES:
                raise _migration_failed(plan, stopped) from stopped
            retries -= 1
            tell(f"{stopped.what}")
            tell(f"waiting {pause:g} s, then again ({retries} more tries after that)")
            steps[:] = _kept_steps(plan, steps)
            time.sleep(pause)
            pause *= 2
            begins_at = _current_revisions(plan)
    revisions = read_revisions(plan.address.target, version_table_name(opened))
    expect_at_head(plan.history, revisions, plan.address.masked)
    return tuple(steps)


def _run_once(
    child: Child,
    plan: Plan,
    mutex: Mutex,
    begins_at: tuple[str, ...],
    steps: list[Step],
    tell: Tell,
) -> EnvConfiguration:
    with child.walk(plan.address.target, rehearsal=False) as walk:
        _expect_same_database(plan, walk.configuration, mutex, begins_at)
        run_pending(walk, steps, lambda step: tell(step_line(plan.history, step)))
        return walk.configuration


def _kept_steps(plan: Plan, steps: list[Step]) -> list[Step]:
    """The steps that the failure did not roll back; one transaction may hold them all."""
    applied = plan.history.up_to(_current_revisions(plan))
    return [each for each in steps if each.revision in applied]


def _expect_same_database(
    plan: Plan, opened: EnvConfiguration, mutex: Mutex, begins_at: tuple[str, ...]
) -> None:
    """Before any migration runs: env.py must be connected to the database that was inspected,
    and read the same revisions there."""
    is_there = opened.dialect == plan.address.dialect
    if opened.connected_to is not None:
        is_there = is_there and mutex.has_session(opened.connected_to.backend_pid)
    if not is_there:
        raise Refused(
            f"env.py is connected to another database than {plan.address.masked}; nothing was run.",
            remedies=("url_variables = [...]   (what the application reads its URL from)",),
        )
    if set(opened.heads) != set(begins_at):
        raise Refused(
            f"the version table of {plan.address.masked} that env.py reads "
            f"({version_table_name(opened)}) says {revisions_text(opened.heads)}, and another "
            f"one says {revisions_text(begins_at)}; nothing was run.",
            why="two projects keep their versions in this database.",
            remedies=("alembic upgrade head",),
        )


def _migration_failed(plan: Plan, stopped: StepFailed) -> MigrationFailed:
    where = f"{plan.address.masked} is at {revisions_text(_current_revisions(plan))} now"
    return MigrationFailed(
        stopped.what, why=stopped.why, remedies=(f"repair it, and run this again: {where}",)
    )


def _current_revisions(plan: Plan) -> tuple[str, ...]:
    return inspect_database(plan.address.target, plan.options.version_table).revisions
