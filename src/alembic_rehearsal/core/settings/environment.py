"""The environment of this process: no other room reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from alembic_rehearsal.core.values.errors import Usage


def environment() -> Mapping[str, str]:
    """The environment of this process: the one place that reads it."""
    return os.environ


def cores() -> int:
    """How many processors this process may use; REHEARSAL_CORES says fewer or more."""
    given = environment().get("REHEARSAL_CORES", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seed_from_environment() -> int | None:
    """REHEARSAL_SEED, None where it is not set; raises `Usage` for what is no number."""
    given = environment().get("REHEARSAL_SEED", "")
    if not given:
        return None
    try:
        return int(given)
    except ValueError:
        raise Usage(
            f"REHEARSAL_SEED = {given!r} should be a whole number, such as 7.",
            ways_out=("export REHEARSAL_SEED=7", "unset REHEARSAL_SEED"),
        ) from None
