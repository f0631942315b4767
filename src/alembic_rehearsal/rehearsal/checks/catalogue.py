"""Every check, by family."""

from __future__ import annotations

from alembic_rehearsal.rehearsal.checks import (
    branches,
    downgrade,
    history,
    models,
    offline,
    upgrade,
)
from alembic_rehearsal.rehearsal.checks import lockfile as lock
from alembic_rehearsal.rehearsal.checks import missing_downgrade as unwritten
from alembic_rehearsal.rehearsal.checks import transaction_modes as ways
from alembic_rehearsal.rehearsal.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *history.CHECKS,
    *lock.CHECKS,
    *upgrade.CHECKS,
    *models.CHECKS,
    *offline.CHECKS,
    *ways.CHECKS,
    *lock.AT_HEAD,
    *unwritten.CHECKS,
    *downgrade.CHECKS,
    *branches.CHECKS,
)
CODES = tuple(each.code for each in CHECKS)


def find_check(code: str) -> Check | None:
    """The check with this code, whatever its case."""
    return next((each for each in CHECKS if each.code == code.upper()), None)
