"""What the acts saw, one value for each experiment, and the scene that checks judge.

Facts carry no opinion: whether a failure is a finding is for `checks/` to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic_rehearsal.facts.downgrades import Descent, Landing, Stair, Stairway, WayDown
from alembic_rehearsal.facts.edits import Edit, Edited, LockCompared, SchemaLocked
from alembic_rehearsal.facts.models import (
    AgainstModels,
    LeftOut,
    ModelDifference,
    ModelImports,
    ModelsBuilt,
    UnimportableModule,
    UnimportedTable,
)
from alembic_rehearsal.facts.offline import Deviation, Offline, Unrendered
from alembic_rehearsal.facts.orders import Clash, Fork, Orders
from alembic_rehearsal.facts.reference import MissingRows
from alembic_rehearsal.facts.report import Held, Report
from alembic_rehearsal.facts.scene import (
    Act,
    Loaded,
    Migrated,
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
    "KINDS",
    "Act",
    "AgainstModels",
    "BothEnds",
    "Clash",
    "Descent",
    "Deviation",
    "Edit",
    "Edited",
    "Fork",
    "FromEmpty",
    "FromSnapshot",
    "Held",
    "Landing",
    "LeftOut",
    "Loaded",
    "LockCompared",
    "Migrated",
    "MissingRows",
    "ModelDifference",
    "ModelImports",
    "ModelsBuilt",
    "Offline",
    "Orders",
    "OtherWay",
    "OtherWays",
    "Report",
    "Restored",
    "Scene",
    "SchemaLocked",
    "SecondRun",
    "SecondRuns",
    "SnapshotRead",
    "Stair",
    "Stairway",
    "UnimportableModule",
    "UnimportedTable",
    "Unrendered",
    "Walked",
    "WayDown",
]

# Every type above by its name: what a report of a shard calls its facts.
KINDS: Mapping[str, type] = {
    name: kind for name in __all__ if isinstance(kind := globals().get(name), type)
}
