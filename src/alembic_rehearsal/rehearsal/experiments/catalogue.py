"""Every experiment of a rehearsal, in the order in which they are reported."""

from __future__ import annotations

from alembic_rehearsal.rehearsal.experiments.both_ends import BOTH_ENDS
from alembic_rehearsal.rehearsal.experiments.branches import ORDERS
from alembic_rehearsal.rehearsal.experiments.full_downgrade import DESCENT
from alembic_rehearsal.rehearsal.experiments.lockfile import SCHEMA_LOCKED
from alembic_rehearsal.rehearsal.experiments.missing_rows import MISSING_ROWS
from alembic_rehearsal.rehearsal.experiments.models import (
    AGAINST_MODELS,
    MODEL_IMPORTS,
    MODELS_BUILT,
)
from alembic_rehearsal.rehearsal.experiments.offline import OFFLINE
from alembic_rehearsal.rehearsal.experiments.second_run import SECOND_RUNS
from alembic_rehearsal.rehearsal.experiments.stairway import STAIRWAY
from alembic_rehearsal.rehearsal.experiments.transaction_modes import OTHER_WAYS
from alembic_rehearsal.rehearsal.experiments.upgrade import FROM_EMPTY, FROM_SNAPSHOT, RESTORED
from alembic_rehearsal.rehearsal.runner.context import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    FROM_EMPTY,
    RESTORED,
    FROM_SNAPSHOT,
    MISSING_ROWS,
    BOTH_ENDS,
    SCHEMA_LOCKED,
    AGAINST_MODELS,
    MODELS_BUILT,
    MODEL_IMPORTS,
    OFFLINE,
    OTHER_WAYS,
    SECOND_RUNS,
    STAIRWAY,
    DESCENT,
    ORDERS,
)
