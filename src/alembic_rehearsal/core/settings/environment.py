"""The environment of this process: no other room reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from alembic_rehearsal.core.values.errors import UsageError


def environment() -> Mapping[str, str]:
    """The environment of this process: the one place that reads it."""
    return os.environ


def cores() -> int:
    """How many processors this process may use; REHEARSAL_CORES says fewer or more."""
    given = environment().get("REHEARSAL_CORES", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_random_seed() -> int | None:
    """REHEARSAL_SEED, None where it is not set; raises `UsageError` for what is no number."""
    text = environment().get("REHEARSAL_SEED", "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            f"REHEARSAL_SEED = {text!r} should be a whole number, such as 7.",
            remedies=("export REHEARSAL_SEED=7", "unset REHEARSAL_SEED"),
        ) from None
