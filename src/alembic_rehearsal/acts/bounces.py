"""One step down and up again for every pending revision, each in its own transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from alembic_rehearsal.acts.stage import Experiment, Stage
from alembic_rehearsal.drive import walking
from alembic_rehearsal.facts import Bounce, Bounced, Restored, Scene
from alembic_rehearsal.project.host import StepFailed, Walk
from alembic_rehearsal.revisions import Downgrade, Revision
from alembic_rehearsal.words import Database


@dataclass(frozen=True, slots=True)
class _Climb:
    """One walk up: what it settled, and what lay above the point where it ended.

    `stuck` says that a bounce ended it, so that another climb can get further.
    """

    bounces: tuple[Bounce, ...]
    unreached: tuple[str, ...]
    stuck: bool


def bounced(stage: Stage, scene: Scene) -> Bounced:
    """Climb the pending revisions, and step each down and up on the way.

    A bounce that fails costs only itself: the next climb starts over on a new database
    and does not try that revision again.  Every climb settles at least one revision.
    """
    settled: dict[str, Bounce] = {}
    while True:
        climb = _climb(stage, _database(stage, scene), settled)
        settled.update((bounce.revision, bounce) for bounce in climb.bounces)
        if not climb.stuck:
            return Bounced(tuple(settled.values()), climb.unreached)


def _climb(stage: Stage, database: Database, settled: Collection[str]) -> _Climb:
    bounces: list[Bounce] = []
    pending: tuple[str, ...] = ()
    try:
        with walking(stage.child, database, one_transaction_each=True) as walk:
            pending = walk.plan()
            for id in pending:
                walk.up(id)
                if id in settled:
                    continue
                bounces.append(_bounce(walk, stage.history.find(id)))
                if bounces[-1].failed:
                    return _Climb(tuple(bounces), (), stuck=True)
    except StepFailed:  # an upgrade that fails by itself is a finding of family U
        known = {*settled, *(bounce.revision for bounce in bounces)}
        return _Climb(tuple(bounces), tuple(id for id in pending if id not in known), stuck=False)
    return _Climb(tuple(bounces), (), stuck=False)


def _bounce(walk: Walk, revision: Revision | None) -> Bounce:
    assert revision is not None, "Alembic walks only revisions that it has read"
    if revision.downgrade is not Downgrade.REAL and revision.upgrades:
        return Bounce(revision.id, tried=False)
    try:
        walk.down(revision.id)
    except StepFailed as stopped:
        return Bounce(revision.id, down=stopped.failure)
    try:
        walk.up(revision.id)
    except StepFailed as stopped:
        return Bounce(revision.id, up_again=stopped.failure)
    return Bounce(revision.id)


def _database(stage: Stage, scene: Scene) -> Database:
    template = scene.facts[Restored].template if Restored in scene.facts else None
    return stage.database("down_and_up", template)


BOUNCED = Experiment("each pending revision down and up", Bounced, (), bounced)
