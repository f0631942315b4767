"""Bring a database that somebody needs to head: created, started and upgraded, never dropped.

First the plan, which changes nothing; then the same plan again under a lock, carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.addresses import Address
from alembic_rehearsal.contents import is_empty
from alembic_rehearsal.deployment import create_missing, reach
from alembic_rehearsal.drive import climb, step_line, version_table
from alembic_rehearsal.errors import MigrationFailed, Refused
from alembic_rehearsal.history import read_sound_history
from alembic_rehearsal.looks import look_at, revisions_in
from alembic_rehearsal.plans import Action, Initialized, Plan, Terms, way_to_head
from alembic_rehearsal.project.host import Child, Opened, StepFailed
from alembic_rehearsal.restoring import restore
from alembic_rehearsal.revisions import History
from alembic_rehearsal.snapshots import read_snapshot
from alembic_rehearsal.standing import Look, pending, stand
from alembic_rehearsal.turns import Turn, turn
from alembic_rehearsal.walks import Step
from alembic_rehearsal.words import Database, Snapshot

Tell = Callable[[str], None]


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
    look = look_at(reached.database) if reached.exists else Look(exists=False)
    return _plan(history, replace(address, target=reached.database), terms, look)


def _plan(history: History, address: Address, terms: Terms, look: Look) -> Plan:
    standing = stand(history, look)
    actions = way_to_head(standing, terms, where=address.masked)
    snapshot = None
    if Action.RESTORE in actions:
        snapshot = _snapshot_for(address, terms, history, is_there=look.exists)
    begins_at = snapshot.provenance.revisions if snapshot else look.revisions
    return Plan(
        address=address,
        terms=terms,
        history=history,
        standing=standing,
        actions=actions,
        begins_at=begins_at,
        pending=pending(history, begins_at),
        snapshot=snapshot,
    )


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


def carry_out(child: Child, plan: Plan, *, lock_timeout: float, tell: Tell) -> Initialized:
    """Do what a plan says, one copy at a time; what others did meanwhile is not done again.

    `lock_timeout` is in seconds; `LockWait` is raised after it.  Raises `MigrationFailed`
    when a revision does not run: the database stays as the failure left it, and a second
    try goes on from there.
    """
    begun = time.perf_counter()
    done: list[Action] = []
    steps: tuple[Step, ...] = ()
    target = plan.address.target
    if Action.CREATE in plan.actions and isinstance(target, Database) and create_missing(target):
        tell(f"created the database {target.name}")
        done.append(Action.CREATE)
    if plan.actions:
        with turn(target, timeout=lock_timeout, tell=tell) as held:
            plan = _plan(plan.history, plan.address, plan.terms, look_at(target))
            if plan.snapshot is not None and isinstance(target, Database):
                tell(f"restoring {plan.snapshot.path}")
                restore(plan.snapshot, target)
            if Action.UPGRADE in plan.actions:
                steps = _upgrade(child, plan, held, tell)
            done += plan.actions
    return Initialized(
        address=plan.address,
        actions=tuple(done),
        begins_at=plan.begins_at,
        steps=steps,
        heads=look_at(target).revisions,
        seconds=time.perf_counter() - begun,
    )


def _upgrade(child: Child, plan: Plan, held: Turn, tell: Tell) -> tuple[Step, ...]:
    steps: list[Step] = []
    try:
        with child.walk(plan.address.target, rehearsal=False) as walk:
            _check_place(plan, walk.opened, held)
            climb(walk, steps, lambda step: tell(step_line(plan.history, step)))
            opened = walk.opened
    except StepFailed as stopped:
        raise _failed(plan, stopped) from stopped
    _check_arrived(plan, opened)
    return tuple(steps)


def _check_place(plan: Plan, opened: Opened, held: Turn) -> None:
    """Before any statement of a migration: env.py is where we looked, and saw the same."""
    is_there = opened.dialect == plan.address.dialect
    if opened.seen is not None:
        is_there = is_there and held.has_session(opened.seen.backend)
    if not is_there:
        raise Refused(
            f"env.py is connected to another database than {plan.address.masked}; nothing was run.",
            ways_out=("url_variables = [...]   (what the application reads its URL from)",),
        )
    if set(opened.heads) != set(plan.begins_at):
        raise Refused(
            f"the version table of {plan.address.masked} that env.py reads "
            f"({version_table(opened)}) says {_named(opened.heads)}, and another one says "
            f"{_named(plan.begins_at)}; nothing was run.",
            why="two projects keep their versions in this database.",
            ways_out=("alembic upgrade head",),
        )


def _check_arrived(plan: Plan, opened: Opened) -> None:
    found = revisions_in(plan.address.target, version_table(opened))
    if not plan.history.is_at_head(found):
        raise MigrationFailed(
            f"the upgrade ended without an error, yet {plan.address.masked} is at "
            f"{_named(found)} instead of {_named(plan.history.heads)}.",
            why="env.py did not commit.",
        )


def _failed(plan: Plan, stopped: StepFailed) -> MigrationFailed:
    revisions = look_at(plan.address.target).revisions
    return MigrationFailed(
        stopped.what,
        why=stopped.why,
        ways_out=(
            f"repair it, and run this again: {plan.address.masked} is at {_named(revisions)} now",
        ),
    )


def _named(revisions: tuple[str, ...]) -> str:
    return ", ".join(revisions) or "no revision"
