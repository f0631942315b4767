"""What the acts saw, one value for each experiment, and the scene that checks judge.

Facts carry no opinion: whether a failure is a finding is for `checks/` to say.
"""

from __future__ import annotations

from alembic_rehearsal.facts.downgrades import Descent, Landing, Stair, Stairway
from alembic_rehearsal.facts.models import AgainstModels, ModelDifference
from alembic_rehearsal.facts.scene import (
    Act,
    Loaded,
    Migrated,
    Report,
    Scene,
    SnapshotRead,
)
from alembic_rehearsal.facts.upgrades import (
    BothEnds,
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
    Restored,
    SecondRun,
    SecondRuns,
    Walked,
)

__all__ = [
    "Act",
    "AgainstModels",
    "BothEnds",
    "Descent",
    "FromEmpty",
    "FromSnapshot",
    "Landing",
    "Loaded",
    "Migrated",
    "ModelDifference",
    "OtherWay",
    "OtherWays",
    "Report",
    "Restored",
    "Scene",
    "SecondRun",
    "SecondRuns",
    "SnapshotRead",
    "Stair",
    "Stairway",
    "Walked",
]
