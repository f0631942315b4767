"""The experiments of a rehearsal, in the order in which they are performed."""

from __future__ import annotations

from alembic_rehearsal.acts.bounces import BOUNCED
from alembic_rehearsal.acts.schemas import AGAINST_MODELS, BOTH_ENDS
from alembic_rehearsal.acts.stage import Experiment
from alembic_rehearsal.acts.upgrades import FROM_EMPTY, FROM_SNAPSHOT, RESTORED

EXPERIMENTS: tuple[Experiment, ...] = (
    FROM_EMPTY,
    RESTORED,
    FROM_SNAPSHOT,
    BOTH_ENDS,
    AGAINST_MODELS,
    BOUNCED,
)
