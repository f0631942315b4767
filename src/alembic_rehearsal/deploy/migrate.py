"""`make migrate` with a URL: upgrade that database once a person agrees, and do nothing else.

It creates no database and restores no snapshot; `initialize.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.values import Settings, config_option
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.deploy.decide import open_plan
from alembic_rehearsal.deploy.initialize import carry_out
from alembic_rehearsal.deploy.plan import DeployOptions, DeployResult
from alembic_rehearsal.deploy.report import state_and_actions_text
from alembic_rehearsal.deploy.target import Address

Confirm = Callable[[str], bool]  # asks a person a question
LOCK_TIMEOUT = 60.0  # seconds, for another copy that upgrades the same database


def upgrade_given_database(
    project: Project,
    settings: Settings,
    address: Address,
    *,
    is_confirmed: bool,
    confirm: Confirm,
    tell: Tell,
) -> DeployResult:
    """Print the plan and carry it out.

    For a database on another host a person must agree, unless `is_confirmed`.  The lock is
    released while the person decides, because deploys would wait for it; so the plan is made
    again afterwards.

    Raises `Refused` without consent, and what `open_plan` and `carry_out` raise.
    """
    options = DeployOptions(
        replayable=settings.replayable,
        may_create=False,
        may_restore=False,
        lock=settings.lock_path,
        allow_drift=True,
        version_table=settings.version_table,
        config_option=config_option(settings.config),
    )
    with open_project(project) as child:
        open_this_plan = partial(
            open_plan, child, address, options, wait=0.0, lock_timeout=LOCK_TIMEOUT, tell=tell
        )
        with open_this_plan() as locked:
            tell(state_and_actions_text(locked.plan).rstrip())
            if not locked.plan.actions or is_confirmed or address.is_local:
                return carry_out(child, locked, lock_timeout=LOCK_TIMEOUT, tell=tell)
        if not confirm("Upgrade it?"):
            raise Refused("not agreed; nothing was changed.")
        with open_this_plan() as locked:
            return carry_out(child, locked, lock_timeout=LOCK_TIMEOUT, tell=tell)
