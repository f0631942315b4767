"""The same upgrade in every mode that a deploy may take, and once more when all is done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from alembic_rehearsal.acts import marks
from alembic_rehearsal.acts.stage import Experiment, Skip, Stage
from alembic_rehearsal.acts.watching import unlike
from alembic_rehearsal.facts import (
    AgainstModels,
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
    Scene,
    SecondRun,
    SecondRuns,
    Walked,
)
from alembic_rehearsal.project.host import StepFailed
from alembic_rehearsal.schema.asking import asking
from alembic_rehearsal.schema.reading import picture_of
from alembic_rehearsal.walks import Mode, Start


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


def second_runs(stage: Stage, scene: Scene) -> SecondRuns:
    """Run `upgrade heads` again on each database that is at head."""
    arrived = [
        (start, walked) for start, walked in scene.ways_up.items() if stage.is_at_head(walked)
    ]
    if not arrived:
        raise Skip("no upgrade got to head")
    return SecondRuns(tuple(_second_run(stage, start, walked) for start, walked in arrived))


def _second_run(stage: Stage, start: Start, walked: Walked) -> SecondRun:
    database = walked.database
    with asking(database) as ask:
        before = marks.marks_of(ask)
        try:
            with stage.walking(database) as walk:
                planned = walk.plan()
        except StepFailed as stopped:
            return SecondRun(start, failure=stopped.failure)
        rows = marks.unlike(before, marks.marks_of(ask))
    differences = unlike(stage.schema(database), picture_of(database))
    return SecondRun(start, planned, (*differences, *sorted(rows, key=lambda each: each.name)))


OTHER_WAYS = Experiment(
    "upgrade in the other transaction modes",
    OtherWays,
    (),
    other_ways,
    after=(FromEmpty, FromSnapshot),
)
SECOND_RUNS = Experiment(
    "upgrade head a second time",
    SecondRuns,
    (),
    second_runs,
    after=(FromEmpty, FromSnapshot, AgainstModels),  # that runs env.py there as well
)
