"""Experiment: run the same upgrade in every transaction mode that a deploy may use."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrade,
    OtherModeUpgrades,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.watch import real_differences


def upgrade_in_other_modes(context: Context, evidence: Evidence) -> OtherModeUpgrades:
    """Upgrade with one transaction per migration, and with one command per migration.

    Raises `Skip` where no upgrade ran a revision.
    """
    wanted = list(_other_modes(evidence))
    if not wanted:
        raise Skip("no upgrade ran a revision")
    with ThreadPoolExecutor(len(wanted)) as pool:
        return OtherModeUpgrades(
            tuple(pool.map(lambda each: _upgrade_in_mode(context, evidence, *each), wanted))
        )


def _other_modes(evidence: Evidence) -> Iterator[tuple[Start, WalkMode, UpgradeRun]]:
    for start, own in evidence.upgrades.items():
        if own.steps or own.failure:
            if not own.transaction_per_migration:
                yield start, WalkMode.TRANSACTION_PER_MIGRATION, own
            yield start, WalkMode.COMMAND_PER_MIGRATION, own


def _upgrade_in_mode(
    context: Context, evidence: Evidence, start: Start, mode: WalkMode, own: UpgradeRun
) -> OtherModeUpgrade:
    checkpoints = context.checkpoints_from(evidence, start)
    try:
        database = checkpoints.make_database_at(context.first_judged_place(checkpoints.plan))
    except StepFailed:  # a revision before the judged ones fails: it is run here and reported
        database = checkpoints.make_database_at(0)
    upgrade = context.upgrade(database, lambda step: None, mode=mode)
    if not (context.is_at_head(own) and context.is_at_head(upgrade)):
        return OtherModeUpgrade(start, mode, upgrade)
    differences = real_differences(
        context.final_schema(own.database), read_database_picture(database)
    )
    context.discard(database)
    return OtherModeUpgrade(start, mode, upgrade, differences)


OTHER_MODE_UPGRADES = Experiment(
    "upgrade in the other transaction modes",
    OtherModeUpgrades,
    (),
    upgrade_in_other_modes,
    after=(UpgradeFromEmpty, UpgradeFromSnapshot),
)
