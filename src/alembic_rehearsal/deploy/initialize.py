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
from alembic_rehearsal.deploy.inspect_database import inspect_database
from alembic_rehearsal.deploy.mutex import Mutex, hold_mutex
from alembic_rehearsal.deploy.plan import Action, DeployResult, Plan
from alembic_rehearsal.deploy.schema_check import check_schema
from alembic_rehearsal.deploy.seed import run_seed
from alembic_rehearsal.deploy.server import create_if_missing
from alembic_rehearsal.deploy.state import Inspection, SchemaCheck
from alembic_rehearsal.deploy.upgrade import stamp_database, upgrade_with_retries
from alembic_rehearsal.snapshot.restore import restore

Tell = Callable[[str], None]
RETRIES = 5


def carry_out(
    child: Child, plan: Plan, *, lock_timeout: float, tell: Tell, retries: int = RETRIES
) -> DeployResult:
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
        is_ours = create_if_missing(target, plan.options.creation)
        tell(f"created the database {target.name}" if is_ours else "another copy created it")
        done += [Action.CREATE][:is_ours]
    if plan.actions:
        with hold_mutex(target, timeout=lock_timeout, tell=tell) as held:
            look = inspect_database(target, plan.options.version_table)
            plan = plan_for(
                plan.history, plan.address, plan.options, look, lock_timeout=lock_timeout
            )
            steps = _apply_plan(child, plan, held, retries, tell)
            done += plan.actions
    look = inspect_database(target, plan.options.version_table)
    return DeployResult(
        address=plan.address,
        actions=tuple(done),
        start_revisions=plan.start_revisions,
        steps=steps,
        heads=look.revisions,
        schema_check=_check_final_schema(plan, look),
        seconds=time.perf_counter() - begun,
    )


def _apply_plan(
    child: Child, plan: Plan, mutex: Mutex, retries: int, tell: Tell
) -> tuple[Step, ...]:
    """What is to be done in a database that is there; the revisions that were run."""
    steps: tuple[Step, ...] = ()
    target = plan.address.target
    if plan.snapshot is not None and isinstance(target, Database):
        tell(f"restoring {plan.snapshot.path}")
        restore(plan.snapshot, target)
    if Action.STAMP in plan.actions:
        stamp_database(child, plan, mutex, tell)
    if Action.UPGRADE in plan.actions:
        steps = upgrade_with_retries(child, plan, mutex, retries=retries, tell=tell)
    if Action.SEED in plan.actions:
        tell(f"seeding: {plan.options.seed}")
        look = inspect_database(target, plan.options.version_table)
        run_seed(child, target, plan.options.seed, look.version_table)
    return steps


def _check_final_schema(plan: Plan, inspection: Inspection) -> SchemaCheck:
    """A last look, for the log: what is done stays done, whatever keeps us from looking."""
    try:
        return check_schema(plan.options.lock, plan.history, plan.address.target, inspection)
    except (ToolFailed, LockTimeout, NoServer) as error:
        return SchemaCheck(why_not_compared=error.what)
