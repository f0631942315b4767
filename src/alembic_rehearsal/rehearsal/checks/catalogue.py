"""Every check, by family."""

from __future__ import annotations

from alembic_rehearsal.checks import (
    branches,
    downgrade,
    history,
    lock,
    models,
    offline,
    unwritten,
    upgrade,
    ways,
)
from alembic_rehearsal.checks.check import Check

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
