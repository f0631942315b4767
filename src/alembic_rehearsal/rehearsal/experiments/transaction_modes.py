"""The same upgrade in every mode that a deploy may take, and once more when all is done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.watch import unlike


def other_ways(stage: Context, scene: Evidence) -> OtherWays:
    """Upgrade by one transaction per migration, and by one command per migration."""
    wanted = list(_other_modes(scene))
    if not wanted:
        raise Skip("no upgrade ran a revision")
    with ThreadPoolExecutor(len(wanted)) as pool:
        return OtherWays(tuple(pool.map(lambda way: _other_way(stage, scene, *way), wanted)))


def _other_modes(scene: Evidence) -> Iterator[tuple[Start, WalkMode, UpgradeRun]]:
    for start, own in scene.ways_up.items():
        if own.steps or own.failure:
            if not own.transaction_per_migration:
                yield start, WalkMode.TRANSACTION_PER_MIGRATION, own
            yield start, WalkMode.COMMAND_PER_MIGRATION, own


def _other_way(
    stage: Context, scene: Evidence, start: Start, mode: WalkMode, own: UpgradeRun
) -> OtherWay:
    ladder = stage.ladder(scene, start)
    try:
        database = ladder.at(stage.lowest(ladder.plan))
    except StepFailed:  # one that was left out fails by itself: then all are run, and it is told
        database = ladder.at(0)
    walked = stage.upgraded(database, lambda step: None, mode=mode)
    if not (stage.is_at_head(own) and stage.is_at_head(walked)):
        return OtherWay(start, mode, walked)
    differences = unlike(stage.schema(own.database), read_database_picture(database))
    stage.discard(database)
    return OtherWay(start, mode, walked, differences)


OTHER_WAYS = Experiment(
    "upgrade in the other transaction modes",
    OtherWays,
    (),
    other_ways,
    after=(FromEmpty, FromSnapshot),
)
