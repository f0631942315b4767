"""Family D, first: whether there is a way back at all, or a word that there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import to_undo
from alembic_rehearsal.core.history.revisions import Downgrade, Revision
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import listed
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, Loaded
from alembic_rehearsal.rehearsal.facts.findings import Finding


def _not_looked_at(scene: Evidence) -> Iterator[str]:
    """The revisions whose empty downgrade may be right: nobody has seen what they leave."""
    empty = [
        each.id
        for each in scene.history.revisions
        if each.upgrades
        and each.downgrade is Downgrade.EMPTY
        and each.id not in scene.scope.left_out
    ]
    if empty and not {Stairway}.intersection((*scene.facts, *scene.elsewhere)):
        why = scene.skipped.get(Stairway, "they were not run")
        yield f"whether the empty downgrade of {first_few(empty)} leaves anything: {why}"


@check(
    "D1",
    "the downgrade is written, or declared one-way",
    why="a rollback is not possible.  Worse with an empty downgrade: `alembic downgrade` succeeds, "
    "takes the revision off the version table and leaves its objects behind, on which the next "
    "upgrade fails.",
    cure="Write the downgrade, or say that there is none: `raise NotImplementedError` in it, or "
    "`irreversible = True` in the revision.  A `raise` below a condition says it where it is met.  "
    "One that only moved rows may stay empty.",
    source="Alembic manual, Tutorial: Downgrading",
    needs=(Loaded,),
    uses=(Stairway,),
    unseen=_not_looked_at,
    each=lambda revision: revision.upgrades,
)
def written(scene: Evidence) -> Iterator[Finding]:
    """A revision that changes the schema has a downgrade, or says that it is one-way."""
    for revision in scene.fact(Loaded).history.revisions:
        stairs = stairs_of(scene).get(revision.id, [])
        is_missing = revision.upgrades and revision.downgrade is Downgrade.MISSING
        # An empty one may only have moved rows: then it leaves nothing; or nobody has looked.
        if is_missing or is_unwritten(revision, stairs):
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=_unwritten(revision, stairs),
                do=to_undo(_left(stairs), otherwise="def downgrade() -> None: ...   (write it)"),
            )


def stairs_of(scene: Evidence) -> dict[str, list[RoundTrip]]:
    """The stairs of each revision, from one start or from both."""
    found: dict[str, list[RoundTrip]] = defaultdict(list)
    if Stairway in scene.facts:
        for each in scene.fact(Stairway).stairs:
            found[each.revision].append(each)
    return found


def is_unwritten(revision: Revision, stairs: list[RoundTrip]) -> bool:
    """Whether its downgrade does nothing although its upgrade made something."""
    is_empty = revision.upgrades and revision.downgrade is Downgrade.EMPTY
    return is_empty and bool(_left(stairs))


def _left(stairs: list[RoundTrip]) -> tuple[Difference, ...]:
    """What the first stair that leaves anything has left."""
    return next((each.left for each in stairs if each.left), ())


def _unwritten(revision: Revision, stairs: list[RoundTrip]) -> str:
    if revision.downgrade is Downgrade.MISSING:
        return "the revision has no downgrade function: `alembic downgrade` stops there."
    left = listed(_left(stairs))
    return f"the downgrade does nothing, while the upgrade changes something: {left}."


CHECKS = (written,)
