"""Bring a database that somebody needs to head: created, started and upgraded, never dropped.

First the plan, which changes nothing; then the same plan again under a lock, carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from alembic_rehearsal.addresses import Address
from alembic_rehearsal.databases import is_empty
from alembic_rehearsal.deployment import create_missing, reach
from alembic_rehearsal.drive import climb, step_line, version_table
from alembic_rehearsal.errors import MigrationFailed, ProjectDoesNotLoad, Refused
from alembic_rehearsal.history import read_history
from alembic_rehearsal.looks import look_at, revisions_in
from alembic_rehearsal.project.host import Child, Opened, StepFailed, Walk
from alembic_rehearsal.snapshots import read_snapshot, restore
from alembic_rehearsal.standing import (
    Action,
    Initialized,
    Look,
    Plan,
    Standing,
    State,
    Terms,
    pending,
    stand,
    way_to_head,
)
from alembic_rehearsal.turns import Turn, turn
from alembic_rehearsal.words import Database, History, Snapshot, Step

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
    history = _one_way_up(read_history(child))
    if isinstance(address.target, Path):
        return _plan(history, address, terms, look_at(address.target))
    reached = reach(address.target, wait=wait, tell=tell)
    address = replace(address, target=reached.database)
    look = look_at(reached.database) if reached.exists else Look(exists=False)
    return _plan(history, address, terms, look)


def _plan(history: History, address: Address, terms: Terms, look: Look) -> Plan:
    standing = stand(history, look)
    actions = way_to_head(standing, terms, where=address.masked)
    snapshot = None
    if Action.RESTORE in actions:
        snapshot = _checked_snapshot(terms, history, address, standing)
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
