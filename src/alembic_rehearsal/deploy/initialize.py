"""Bring a database that somebody needs to head: created, started and upgraded, never dropped.

The plan was made in `deciding.py`; it is made again under a lock, and carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer, ToolFailed
from alembic_rehearsal.deploy.decide import plan_for
from alembic_rehearsal.deploy.inspect_database import look_at
from alembic_rehearsal.deploy.mutex import Mutex, hold_mutex
from alembic_rehearsal.deploy.plan import Action, Initialized, Plan
from alembic_rehearsal.deploy.schema_check import schema_beside
from alembic_rehearsal.deploy.seed import seed
from alembic_rehearsal.deploy.server import create_missing
from alembic_rehearsal.deploy.state import Look, Schema
from alembic_rehearsal.deploy.upgrade import stamp, upgrade
from alembic_rehearsal.snapshot.restore import restore

Tell = Callable[[str], None]
RETRIES = 5


def carry_out(
    child: Child, plan: Plan, *, lock_timeout: float, tell: Tell, retries: int = RETRIES
) -> Initialized:
    """Do what a plan says, one copy at a time; what others did meanwhile is not done again.

    `lock_timeout` is in seconds; `LockTimeout` is raised after it.  `retries` is how often an
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
        with hold_mutex(target, timeout=lock_timeout, tell=tell) as held:
            look = look_at(target, plan.terms.version_table)
            plan = plan_for(plan.history, plan.address, plan.terms, look, lock_timeout=lock_timeout)
            steps = _carried_out(child, plan, held, retries, tell)
            done += plan.actions
    look = look_at(target, plan.terms.version_table)
    return Initialized(
        address=plan.address,
        actions=tuple(done),
        begins_at=plan.begins_at,
        steps=steps,
        heads=look.revisions,
        schema=_schema_afterwards(plan, look),
        seconds=time.perf_counter() - begun,
    )


def _carried_out(
    child: Child, plan: Plan, held: Mutex, retries: int, tell: Tell
) -> tuple[Step, ...]:
    """What is to be done in a database that is there; the revisions that were run."""
    steps: tuple[Step, ...] = ()
    target = plan.address.target
    if plan.snapshot is not None and isinstance(target, Database):
        tell(f"restoring {plan.snapshot.path}")
        restore(plan.snapshot, target)
    if Action.STAMP in plan.actions:
        stamp(child, plan, held, tell)
    if Action.UPGRADE in plan.actions:
        steps = upgrade(child, plan, held, retries=retries, tell=tell)
    if Action.SEED in plan.actions:
        tell(f"seeding: {plan.terms.seed}")
        look = look_at(target, plan.terms.version_table)
        seed(child, target, plan.terms.seed, look.version_table)
    return steps


def _schema_afterwards(plan: Plan, look: Look) -> Schema:
    """A last look, for the log: what is done stays done, whatever keeps us from looking."""
    try:
        return schema_beside(plan.terms.lock, plan.history, plan.address.target, look)
    except (ToolFailed, LockTimeout, NoServer) as error:
        return Schema(why_not=error.what)
