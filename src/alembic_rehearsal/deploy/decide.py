"""The plan that brings a database to head, made under the lock that keeps other copies out.

Reads everything and changes nothing.  Without the lock, the half-done upgrade of another copy
would look like drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.contents import is_empty
from alembic_rehearsal.core.postgres.pooler import expect_own_session
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.schema.read import OLDEST_MAJOR
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import NoServer, Refused, WrongServer
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.deploy.inspect_database import inspect_database
from alembic_rehearsal.deploy.mutex import Mutex, hold_mutex
from alembic_rehearsal.deploy.plan import Action, DeployOptions, Plan, choose_actions
from alembic_rehearsal.deploy.schema_check import check_schema
from alembic_rehearsal.deploy.seed import is_seeded
from alembic_rehearsal.deploy.server import MAINTENANCE_DATABASES, ServerReply, wait_for_server
from alembic_rehearsal.deploy.state import (
    DatabaseState,
    Diagnosis,
    Inspection,
    diagnose,
    revisions_to_head,
)
from alembic_rehearsal.deploy.target import Address
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class LockedPlan:
    """A plan, and the lock under which it was made.

    `mutex` is None where there was nothing to lock: the database or the folder of the SQLite
    file does not exist yet, or the server is a standby.
    """

    plan: Plan
    mutex: Mutex | None


@contextmanager
def open_plan(
    child: Child,
    address: Address,
    options: DeployOptions,
    *,
    wait: float,
    lock_timeout: float,
    tell: Tell,
) -> Iterator[LockedPlan]:
    """Read everything, change nothing, and decide what would bring the database to head.

    The lock is held until the end of the block, so that the plan stays true: carry it out there.

    `wait` is in seconds, for a server that does not answer yet; `lock_timeout` is in seconds,
    for another copy to end.  Raises `Refused` for a database or a history that a person must
    decide about, `NoServer` for a server that does not answer, `LockTimeout` for a copy that
    does not end, `ProjectDoesNotLoad` and `SnapshotUnreadable`.
    """
    if options.require not in ("", address.dialect):
        raise Refused(
            f"{address.masked} ({address.origin}) is not {options.require}, which --require asks "
            "for; nothing was changed.",
            remedies=("DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    history = read_sound_history(child)
    reply = None
    if isinstance(address.target, Database):
        reply = wait_for_server(address.target, wait=wait, tell=tell)
        _expect_usable(reply, address)
        address = replace(address, target=reply.database)
    with _hold_mutex_if_possible(address.target, reply, lock_timeout, tell) as mutex:
        if reply is not None and not reply.exists:
            inspection = Inspection(exists=False)
        else:
            inspection = inspect_database(address.target, options.version_table)
        plan = plan_for(history, address, options, inspection, lock_timeout=lock_timeout)
        if plan.actions and reply is not None and reply.is_standby:
            raise Refused(
                f"{address.masked} is a standby, which cannot be written; nothing was changed.",
                remedies=("DATABASE_URL=...   (the primary's address)",),
            )
        yield LockedPlan(plan, mutex)


@contextmanager
def _hold_mutex_if_possible(
    target: Database | Path, reply: ServerReply | None, lock_timeout: float, tell: Tell
) -> Iterator[Mutex | None]:
    if isinstance(target, Path):
        is_possible = target.parent.is_dir()
    else:
        is_possible = reply is not None and reply.exists and not reply.is_standby
    if not is_possible:
        yield None
        return
    with hold_mutex(target, timeout=lock_timeout, tell=tell) as mutex:
        yield mutex


def _expect_usable(reply: ServerReply, address: Address) -> None:
    """Raise for a server that is too old, and for a pooler in front of it."""
    if reply.database.server.major < OLDEST_MAJOR:
        raise WrongServer(
            f"{address.masked} is PostgreSQL {reply.database.server.version}; databases are "
            f"initialized from {OLDEST_MAJOR} on.",
            remedies=(f"upgrade the server to PostgreSQL {OLDEST_MAJOR} or newer",),
        )
    if reply.exists:
        _expect_session(reply.database)
    else:
        with suppress(NoServer):
            _expect_session(replace(reply.database, name=MAINTENANCE_DATABASES[0]))


def _expect_session(database: Database) -> None:
    expect_own_session(
        database,
        why="the lock that keeps other copies out belongs to a session, and would be lost with "
        "each transaction.",
        remedies=(
            "DATABASE_URL=...   (the server's own address, often port 5432, not the pooler's)",
        ),
    )


def plan_for(
    history: History,
    address: Address,
    options: DeployOptions,
    inspection: Inspection,
    *,
    lock_timeout: float = 5.0,
) -> Plan:
    """The plan that follows from one inspection.

    `lock_timeout` is in seconds, for each lock that another session holds on part of the schema.
    Raises `Refused` and `SnapshotUnreadable` as `open_plan` does, and `LockTimeout` for those
    locks.
    """
    schema = check_schema(
        options.lock, history, address.target, inspection, lock_timeout=lock_timeout
    )
    diagnosis = diagnose(history, inspection, schema)
    actions = choose_actions(diagnosis, options, where=address.masked)
    snapshot = None
    if Action.RESTORE in actions:
        snapshot = _snapshot_for(address, options, history, is_there=inspection.exists)
    start_revisions = snapshot.provenance.revisions if snapshot else inspection.revisions
    if Action.STAMP in actions:
        start_revisions = options.adopt or diagnosis.schema_check.stamp_choice or ()
    pending = revisions_to_head(history, start_revisions)
    if not pending:
        actions = tuple(each for each in actions if each is not Action.UPGRADE)
    if options.seed and _is_unseeded(address.target, diagnosis):
        actions = (*actions, Action.SEED)
    return Plan(
        address=address,
        options=options,
        history=history,
        diagnosis=diagnosis,
        actions=actions,
        start_revisions=start_revisions,
        pending=pending,
        snapshot=snapshot,
    )


def _is_unseeded(target: Database | Path, diagnosis: Diagnosis) -> bool:
    """Whether the seed function is to be run; for a SQLite file, only while it is empty."""
    is_new = diagnosis.state in (DatabaseState.MISSING, DatabaseState.EMPTY)
    if is_new or isinstance(target, Path):
        return is_new
    return not is_seeded(target, diagnosis.inspection.version_table)


def _snapshot_for(
    address: Address, options: DeployOptions, history: History, *, is_there: bool
) -> Snapshot:
    """The snapshot, after every check that is possible before anything is changed."""
    assert options.snapshot is not None
    if isinstance(address.target, Path):
        raise Refused(
            f"{address.masked} is a SQLite file, and {options.snapshot} is PostgreSQL's.",
            remedies=("DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    snapshot = read_snapshot(options.snapshot)
    unknown = history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Refused(
            f"{snapshot.path} is at {', '.join(unknown)}, which {history.location} does not "
            f"contain (head: {', '.join(history.heads)}); nothing was changed.",
            remedies=("git fetch && git rebase main   (the revision may be on main)",),
        )
    if is_there and not is_empty(address.target):
        raise Refused(
            f"{address.masked} has no tables, but is not empty: a snapshot is only restored into "
            "an empty database; nothing was changed.",
            why="types, functions, schemas or an old version table are there.",
            remedies=("another database: a name that does not exist yet",),
        )
    return snapshot
