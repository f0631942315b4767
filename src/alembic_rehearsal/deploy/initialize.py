"""Bring a database that somebody needs to head: create, fill and upgrade it, drop nothing.

The plan comes from `decide.py`, together with the lock under which it is carried out here.
"""

from __future__ import annotations

import time
from dataclasses import replace

from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer, ToolFailed
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.deploy.decide import LockedPlan, plan_for
from alembic_rehearsal.deploy.inspect_database import inspect_database
from alembic_rehearsal.deploy.mutex import Mutex, hold_mutex
from alembic_rehearsal.deploy.plan import Action, DeployResult, Plan
from alembic_rehearsal.deploy.schema_check import check_schema
from alembic_rehearsal.deploy.seed import run_seed
from alembic_rehearsal.deploy.server import create_if_missing
from alembic_rehearsal.deploy.state import Inspection, SchemaCheck
from alembic_rehearsal.deploy.upgrade import stamp_database, upgrade_with_retries
from alembic_rehearsal.snapshot.restore import restore

RETRIES = 5


def carry_out(
    child: Child,
    locked: LockedPlan,
    *,
    lock_timeout: float,
    tell: Tell,
    retries: int = RETRIES,
) -> DeployResult:
    """Do what a plan says, while its lock is held.

    Where there was nothing to lock, the database or the folder is created first, then locked,
    and the plan is made again: another copy may have been faster.

    `lock_timeout` is in seconds; `LockTimeout` is raised after it.  `retries` is how often an
    upgrade that could not get a lock is run again.  Raises `MigrationFailed` when a revision
    does not run: the database stays as the failure left it, and the next run continues there.
    """
    begun = time.perf_counter()
    plan = locked.plan
    if locked.mutex is not None:
        result = _apply_plan(child, plan, locked.mutex, retries, tell)
    elif not plan.actions:
        result = _result_without_changes(plan)
    else:
        created = _create_database(plan, tell)
        with hold_mutex(plan.address.target, timeout=lock_timeout, tell=tell) as mutex:
            plan = _plan_again(plan, lock_timeout)
            result = _apply_plan(child, plan, mutex, retries, tell)
            result = replace(result, actions=(*created, *result.actions))
    return replace(result, seconds=time.perf_counter() - begun)


def _create_database(plan: Plan, tell: Tell) -> tuple[Action, ...]:
    """The action, if this copy was the one to do it."""
    target = plan.address.target
    if Action.CREATE not in plan.actions or not isinstance(target, Database):
        return ()
    is_ours = create_if_missing(target, plan.options.creation)
    tell(f"created the database {target.name}" if is_ours else "another copy created it")
    return (Action.CREATE,) if is_ours else ()


def _plan_again(plan: Plan, lock_timeout: float) -> Plan:
    inspection = inspect_database(plan.address.target, plan.options.version_table)
    return plan_for(plan.history, plan.address, plan.options, inspection, lock_timeout=lock_timeout)


def _apply_plan(child: Child, plan: Plan, mutex: Mutex, retries: int, tell: Tell) -> DeployResult:
    """Do what is planned for a database that exists; the result is without `seconds`."""
    if not plan.actions:
        return _result_without_changes(plan)
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
        inspection = inspect_database(target, plan.options.version_table)
        run_seed(child, target, plan.options.seed, inspection.version_table)
    inspection = inspect_database(target, plan.options.version_table)
    return DeployResult(
        address=plan.address,
        actions=plan.actions,
        start_revisions=plan.start_revisions,
        steps=steps,
        heads=inspection.revisions,
        schema_check=_check_final_schema(plan, inspection),
        seconds=0.0,
    )


def _result_without_changes(plan: Plan) -> DeployResult:
    return DeployResult(
        address=plan.address,
        actions=(),
        start_revisions=plan.start_revisions,
        steps=(),
        heads=plan.diagnosis.inspection.revisions,
        schema_check=plan.diagnosis.schema_check,
        seconds=0.0,
    )


def _check_final_schema(plan: Plan, inspection: Inspection) -> SchemaCheck:
    """For the log: an error while reading the schema does not make a finished deploy fail."""
    try:
        return check_schema(plan.options.lock, plan.history, plan.address.target, inspection)
    except (ToolFailed, LockTimeout, NoServer) as error:
        return SchemaCheck(why_not_compared=error.what)
