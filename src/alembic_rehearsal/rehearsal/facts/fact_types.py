"""The types that a shard's report names as text, by that name.

Facts, and the other types of the values in them.
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
from alembic_rehearsal.lockfile.edits import Edit, EditKind
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    DowngradeWalk,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.evidence import (
    Evidence,
    ExperimentResult,
    LoadedHistory,
    LoadedSnapshot,
)
from alembic_rehearsal.rehearsal.facts.lockfile import LockComparison, LockSchemaComparison
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison, ModelSchemaComparison
from alembic_rehearsal.rehearsal.facts.offline import (
    OfflineDivergence,
    OfflineSql,
    UnprintableRevision,
)
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrade,
    OtherModeUpgrades,
    RestoredSnapshot,
    SecondRun,
    SecondRuns,
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)

FACT_TYPES: Mapping[str, type] = {
    fact.__name__: fact
    for fact in (
        Clash,
        Divergence,
        DowngradeWalk,
        Edit,
        EditKind,
        Evidence,
        ExcludedObject,
        ExperimentResult,
        Fork,
        ForkOrders,
        FullDowngrade,
        LoadedHistory,
        LoadedSnapshot,
        LockComparison,
        LockSchemaComparison,
        MetadataComparison,
        MissingRows,
        ModelDifference,
        ModelSchemaComparison,
        OfflineDivergence,
        OfflineSql,
        OtherModeUpgrade,
        OtherModeUpgrades,
        RehearsalRun,
        Report,
        RestoredSnapshot,
        RoundTrip,
        SecondRun,
        SecondRuns,
        Stairway,
        StartComparison,
        UnimportableModule,
        UnimportedModels,
        UnimportedTable,
        UnprintableRevision,
        UpgradeFromEmpty,
        UpgradeFromSnapshot,
        UpgradeRun,
    )
}
