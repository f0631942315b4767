"""What the acts saw, one value for each experiment, and the scene that checks judge.

Facts carry no opinion: whether a failure is a finding is for `checks/` to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic_rehearsal.core.project.model_answers import (
    ExcludedObject,
    ModelDifference,
    UnimportableModule,
    UnimportedModels,
    UnimportedTable,
)
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.development.values import Migrated
from alembic_rehearsal.lockfile.edits import Edit, Edited
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, Orders
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    FullDowngrade,
    RoundTrip,
    Stairway,
    WayDown,
)
from alembic_rehearsal.rehearsal.facts.evidence import (
    Evidence,
    ExperimentResult,
    Loaded,
    SnapshotRead,
)
from alembic_rehearsal.rehearsal.facts.lockfile import LockCompared, SchemaLocked
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.models import AgainstModels, ModelsBuilt
from alembic_rehearsal.rehearsal.facts.offline import Deviation, Offline, Unrendered
from alembic_rehearsal.rehearsal.facts.report import Held, Report
from alembic_rehearsal.rehearsal.facts.upgrade import (
    BothEnds,
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
    Restored,
    SecondRun,
    SecondRuns,
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
