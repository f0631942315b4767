"""The environment variables of this process: no other module of the library reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from alembic_rehearsal.core.values.errors import UsageError


def environment() -> Mapping[str, str]:
    """The environment variables of this process, not a copy."""
    return os.environ


def cores() -> int:
    """The number of processors that this process may use; REHEARSAL_CORES overrides it."""
    text = environment().get("REHEARSAL_CORES", "")
    if text.isdigit() and int(text):
        return int(text)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_random_seed() -> int | None:
    """REHEARSAL_SEED, None if it is not set; raises `UsageError` if it is not a number."""
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
