"""The experiments of a rehearsal, in the order in which they are reported."""

from __future__ import annotations

from alembic_rehearsal.acts.descent import DESCENT
from alembic_rehearsal.acts.imports import MODEL_IMPORTS
from alembic_rehearsal.acts.locked import SCHEMA_LOCKED
from alembic_rehearsal.acts.missing_rows import MISSING_ROWS
from alembic_rehearsal.acts.models import MODELS_BUILT
from alembic_rehearsal.acts.offline import OFFLINE
from alembic_rehearsal.acts.orders import ORDERS
from alembic_rehearsal.acts.schemas import AGAINST_MODELS, BOTH_ENDS
from alembic_rehearsal.acts.shares import Share, share
from alembic_rehearsal.acts.stage import Experiment
from alembic_rehearsal.acts.stairway import STAIRWAY
from alembic_rehearsal.acts.upgrades import FROM_EMPTY, FROM_SNAPSHOT, RESTORED
from alembic_rehearsal.acts.ways import OTHER_WAYS, SECOND_RUNS

__all__ = ["EXPERIMENTS", "Share", "share"]

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
