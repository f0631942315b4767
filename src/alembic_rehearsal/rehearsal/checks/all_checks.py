"""The list of all checks, in the order in which they are judged and reported."""

from __future__ import annotations

from alembic_rehearsal.rehearsal.checks import (
    branches,
    downgrade,
    history,
    lockfile,
    missing_downgrade,
    models,
    offline,
    transaction_modes,
    upgrade,
)
from alembic_rehearsal.rehearsal.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *history.CHECKS,
    *lockfile.CHECKS,
    *upgrade.CHECKS,
    *models.CHECKS,
    *offline.CHECKS,
    *transaction_modes.CHECKS,
    *lockfile.CHECKS_AT_HEAD,
    *missing_downgrade.CHECKS,
    *downgrade.CHECKS,
    *branches.CHECKS,
)
CODES = tuple(each.code for each in CHECKS)


def find_check(code: str) -> Check | None:
    """The check with this code, whatever its case."""
    return next((each for each in CHECKS if each.code == code.upper()), None)
