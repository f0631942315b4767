"""Every experiment of a rehearsal, in the order in which they are reported."""

from __future__ import annotations

from alembic_rehearsal.rehearsal.experiments.branches import FORK_ORDERS
from alembic_rehearsal.rehearsal.experiments.full_downgrade import FULL_DOWNGRADE
from alembic_rehearsal.rehearsal.experiments.lockfile import LOCK_SCHEMA_COMPARISON
from alembic_rehearsal.rehearsal.experiments.missing_rows import MISSING_ROWS
from alembic_rehearsal.rehearsal.experiments.models import (
    METADATA_COMPARISON,
    MODEL_IMPORTS,
    MODEL_SCHEMA_COMPARISON,
)
from alembic_rehearsal.rehearsal.experiments.offline import OFFLINE_SQL
from alembic_rehearsal.rehearsal.experiments.second_run import SECOND_RUNS
from alembic_rehearsal.rehearsal.experiments.stairway import STAIRWAY
from alembic_rehearsal.rehearsal.experiments.start_comparison import START_COMPARISON
from alembic_rehearsal.rehearsal.experiments.transaction_modes import OTHER_MODE_UPGRADES
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.runner.context import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    UPGRADE_FROM_EMPTY,
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_SNAPSHOT,
    MISSING_ROWS,
    START_COMPARISON,
    LOCK_SCHEMA_COMPARISON,
    METADATA_COMPARISON,
    MODEL_SCHEMA_COMPARISON,
    MODEL_IMPORTS,
    OFFLINE_SQL,
    OTHER_MODE_UPGRADES,
    SECOND_RUNS,
    STAIRWAY,
    FULL_DOWNGRADE,
    FORK_ORDERS,
)
