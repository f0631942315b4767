"""Bring a database that somebody needs to head: created, started and upgraded, never dropped.

First the plan, which changes nothing; then the same plan again under a lock, carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.addresses import Address
from alembic_rehearsal.beside import schema_beside
from alembic_rehearsal.contents import is_empty
from alembic_rehearsal.deployment import Reached, create_missing, reach
from alembic_rehearsal.errors import Refused, WrongServer
from alembic_rehearsal.history import read_sound_history
from alembic_rehearsal.looks import look_at
from alembic_rehearsal.plans import Action, Initialized, Plan, Terms, way_to_head
from alembic_rehearsal.project.host import Child
from alembic_rehearsal.restoring import restore
from alembic_rehearsal.revisions import History
from alembic_rehearsal.schema.reading import OLDEST
from alembic_rehearsal.seeding import is_seeded, seed
from alembic_rehearsal.sessions import expect_own_session
from alembic_rehearsal.snapshots import read_snapshot
from alembic_rehearsal.standing import Look, State, pending, stand
from alembic_rehearsal.turns import turn
from alembic_rehearsal.upgrading import stamp, upgrade
from alembic_rehearsal.walks import Step
from alembic_rehearsal.words import Database, Snapshot

Tell = Callable[[str], None]
RETRIES = 5


# --- the plan ----------------------------------------------------------------------------


def decide(child: Child, address: Address, terms: Terms, *, wait: float, tell: Tell) -> Plan:
    """Look at everything, change nothing, and say what would bring the database to head.

    `wait` is in seconds, for a server that does not answer yet.  Raises `Refused` for a
    database or a history that a person must decide about, `NoServer` for a server that
    stays silent, `ProjectDoesNotLoad` and `SnapshotUnreadable` for what is broken.
    """
    if terms.require not in ("", address.dialect):
        raise Refused(
            f"{address.masked} ({address.origin}) is not {terms.require}, which --require asks "
            "for; nothing was changed.",
            ways_out=("DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    history = read_sound_history(child)
    if isinstance(address.target, Path):
        return _plan(history, address, terms, look_at(address.target))
    reached = reach(address.target, wait=wait, tell=tell)
    if reached.exists:
        _expect_fit(reached, address)
    look = look_at(reached.database) if reached.exists else Look(exists=False)
    plan = _plan(history, replace(address, target=reached.database), terms, look)
    if plan.actions and reached.is_standby:
        raise Refused(
            f"{address.masked} is a standby, which cannot be written; nothing was changed.",
            ways_out=("DATABASE_URL=...   (the primary's address)",),
        )
    return plan


def _expect_fit(reached: Reached, address: Address) -> None:
    """Raise where no plan can be carried out there: an old server, or a pooler before it."""
    if reached.database.server.major < OLDEST:
        raise WrongServer(
            f"{address.masked} is PostgreSQL {reached.database.server.version}; databases are "
            f"initialized from {OLDEST} on.",
            ways_out=(f"upgrade the server to PostgreSQL {OLDEST} or newer",),
        )
    expect_own_session(
        reached.database,
        why="the lock that keeps other copies out belongs to a session, and would be lost with "
        "each transaction.",
        ways_out=(
            "DATABASE_URL=...   (the server's own address, often port 5432, not the pooler's)",
        ),
    )


def _plan(history: History, address: Address, terms: Terms, look: Look) -> Plan:
    standing = stand(history, look, schema_beside(terms.lock, history, address.target, look))
    actions = way_to_head(standing, terms, where=address.masked)
    snapshot = None
    if Action.RESTORE in actions:
        snapshot = _snapshot_for(address, terms, history, is_there=look.exists)
    begins_at = snapshot.provenance.revisions if snapshot else look.revisions
    if Action.STAMP in actions:
        begins_at = terms.adopt or standing.schema.choice or ()
    left = pending(history, begins_at)
    if not left:
        actions = tuple(each for each in actions if each is not Action.UPGRADE)
    if terms.seed and _is_unseeded(address.target, standing.state):
        actions = (*actions, Action.SEED)
    return Plan(
        address=address,
        terms=terms,
        history=history,
        standing=standing,
        actions=actions,
        begins_at=begins_at,
        pending=left,
        snapshot=snapshot,
    )


def _is_unseeded(target: Database | Path, state: State) -> bool:
    """A SQLite file has no place to remember it in: it counts while the file is empty."""
    is_new = state in (State.MISSING, State.EMPTY)
    return is_new or (isinstance(target, Database) and not is_seeded(target))


def _snapshot_for(address: Address, terms: Terms, history: History, *, is_there: bool) -> Snapshot:
    """The snapshot, after every look that can be had before anything is changed."""
    assert terms.snapshot is not None
    if isinstance(address.target, Path):
        raise Refused(
            f"{address.masked} is a SQLite file, and {terms.snapshot} is PostgreSQL's.",
            ways_out=("DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    snapshot = read_snapshot(terms.snapshot)
    unknown = history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Refused(
            f"{snapshot.path} is at {', '.join(unknown)}, which {history.location} does not "
            f"contain (head: {', '.join(history.heads)}); nothing was changed.",
            ways_out=("git fetch && git rebase main   (the revision may be on main)",),
        )
    if is_there and not is_empty(address.target):
        raise Refused(
            f"{address.masked} has no tables, but is not empty: a snapshot is only restored into "
            "an empty database; nothing was changed.",
            why="types, functions, schemas or an old version table are there.",
            ways_out=("another database: a name that does not exist yet",),
        )
    return snapshot


# --- carrying it out ---------------------------------------------------------------------


def carry_out(
    child: Child, plan: Plan, *, lock_timeout: float, tell: Tell, retries: int = RETRIES
) -> Initialized:
    """Do what a plan says, one copy at a time; what others did meanwhile is not done again.

    `lock_timeout` is in seconds; `LockWait` is raised after it.  `retries` is how often an
    upgrade is run again that could not have a lock.  Raises `MigrationFailed` when a revision
    does not run: the database stays as the failure left it, and a second try goes on from there.
    """
    begun = time.perf_counter()
    done: list[Action] = []
    steps: tuple[Step, ...] = ()
    target = plan.address.target
    if Action.CREATE in plan.actions and isinstance(target, Database):
        is_ours = create_missing(target, plan.terms.creation)
        tell(f"created the database {target.name}" if is_ours else "another copy created it")
        done += [Action.CREATE][:is_ours]
    if plan.actions:
        with turn(target, timeout=lock_timeout, tell=tell) as held:
            plan = _plan(plan.history, plan.address, plan.terms, look_at(target))
            if plan.snapshot is not None and isinstance(target, Database):
                tell(f"restoring {plan.snapshot.path}")
                restore(plan.snapshot, target)
            if Action.STAMP in plan.actions:
                stamp(child, plan, held, tell)
            if Action.UPGRADE in plan.actions:
                steps = upgrade(child, plan, held, retries=retries, tell=tell)
            if Action.SEED in plan.actions:
                tell(f"seeding: {plan.terms.seed}")
                seed(child, target, plan.terms.seed)
            done += plan.actions
    look = look_at(target)
    return Initialized(
        address=plan.address,
        actions=tuple(done),
        begins_at=plan.begins_at,
        steps=steps,
        heads=look.revisions,
        schema=schema_beside(plan.terms.lock, plan.history, target, look),
        seconds=time.perf_counter() - begun,
    )
