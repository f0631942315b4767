"""Family D: the way back."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.checks.check import check
from alembic_rehearsal.facts import Bounced, Loaded, Scene
from alembic_rehearsal.revisions import Downgrade, Revision
from alembic_rehearsal.words import Failure, Finding


@check(
    "D1",
    "the downgrade is written, or declared one-way",
    why="a rollback is not possible.  Worse with an empty downgrade: `alembic downgrade` succeeds, "
    "takes the revision off the version table and leaves its objects behind, on which the next "
    "upgrade fails.",
    cure="Write the downgrade, or say that there is none: `raise NotImplementedError` in it, or "
    "`irreversible = True` in the revision.",
    source="Alembic manual, Tutorial: Downgrading",
    needs=(Loaded,),
)
def written(scene: Scene) -> Iterator[Finding]:
    """A revision that changes something has a downgrade, or says that it is one-way."""
    for revision in scene.fact(Loaded).history.revisions:
        if revision.upgrades and revision.downgrade in (Downgrade.EMPTY, Downgrade.MISSING):
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=_unwritten(revision),
                do="write it; or `raise NotImplementedError(...)` in it, or `irreversible = True` "
                "at the top of the file",
            )


@check(
    "D3",
    "down and up again works",
    why="a rollback of the deploy, or a developer who changes branches, stops half-way.",
    cure="Drop in the downgrade what the upgrade made, in the opposite order; enum types too.",
    source="Alembic manual, Tutorial: Downgrading; PostgreSQL manual, CREATE TYPE",
    needs=(Bounced,),
)
def goes_down_and_up(scene: Scene) -> Iterator[Finding]:
    """Each pending revision can be taken one step down and brought up again."""
    for bounce in scene.fact(Bounced).bounces:
        if bounce.down is not None:
            yield _stuck(bounce.down, "cannot be taken down: ")
        if bounce.up_again is not None:
            yield _stuck(bounce.up_again, "cannot be applied again after its own downgrade: ")


def _unwritten(revision: Revision) -> str:
    if revision.downgrade is Downgrade.MISSING:
        return "the revision has no downgrade function: `alembic downgrade` stops there."
    return "the downgrade does nothing, while the upgrade changes something."


def _stuck(failure: Failure, lead: str) -> Finding:
    return Finding(
        path=failure.path,
        line=failure.line,
        revision=failure.revision,
        what=f"{failure.revision} {lead}{failure.said}",
        do="mend the downgrade; or, if there is no way back, `raise NotImplementedError` in it",
    )


CHECKS = (written, goes_down_and_up)
