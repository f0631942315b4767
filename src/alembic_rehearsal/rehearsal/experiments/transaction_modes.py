"""The same upgrade in every mode that a deploy may take, and once more when all is done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Mode, Walked
from alembic_rehearsal.core.schema.read import picture_of
from alembic_rehearsal.rehearsal.facts.evidence import Scene
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
)
from alembic_rehearsal.rehearsal.runner.context import Experiment, Skip, Stage
from alembic_rehearsal.rehearsal.runner.watch import unlike


def other_ways(stage: Stage, scene: Scene) -> OtherWays:
    """Upgrade by one transaction per migration, and by one command per migration."""
    wanted = list(_other_modes(scene))
    if not wanted:
        raise Skip("no upgrade ran a revision")
    with ThreadPoolExecutor(len(wanted)) as pool:
        return OtherWays(tuple(pool.map(lambda way: _other_way(stage, scene, *way), wanted)))


def _other_modes(scene: Scene) -> Iterator[tuple[Start, Mode, Walked]]:
    for start, own in scene.ways_up.items():
        if own.steps or own.failure:
            if not own.each_alone:
                yield start, Mode.EACH, own
            yield start, Mode.COMMANDS, own


def _other_way(stage: Stage, scene: Scene, start: Start, mode: Mode, own: Walked) -> OtherWay:
    ladder = stage.ladder(scene, start)
    try:
        database = ladder.at(stage.lowest(ladder.plan))
    except StepFailed:  # one that was left out fails by itself: then all are run, and it is told
        database = ladder.at(0)
    walked = stage.upgraded(database, lambda step: None, mode=mode)
    if not (stage.is_at_head(own) and stage.is_at_head(walked)):
        return OtherWay(start, mode, walked)
    differences = unlike(stage.schema(own.database), picture_of(database))
    stage.discard(database)
    return OtherWay(start, mode, walked, differences)


OTHER_WAYS = Experiment(
    "upgrade in the other transaction modes",
    OtherWays,
    (),
    other_ways,
    after=(FromEmpty, FromSnapshot),
)
