"""Family D, first: whether there is a way back at all, or a word that there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import downgrade_advice
from alembic_rehearsal.core.history.revisions import Downgrade, Revision
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import describe
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory
from alembic_rehearsal.rehearsal.facts.findings import Finding


def _unobserved_downgrades(evidence: Evidence) -> Iterator[str]:
    """The revisions whose empty downgrade may be right: nobody has seen what they leave."""
    empty = [
        each.id
        for each in evidence.history.revisions
        if each.has_upgrade
        and each.downgrade is Downgrade.EMPTY
        and each.id not in evidence.scope.left_out
    ]
    if empty and not {Stairway}.intersection((*evidence.facts, *evidence.other_shard_facts)):
        why = evidence.skipped.get(Stairway, "they were not run")
        yield f"whether the empty downgrade of {first_few(empty)} leaves anything: {why}"


@check(
    "D1",
    "the downgrade is written, or declared one-way",
    why="a rollback is not possible.  Worse with an empty downgrade: `alembic downgrade` succeeds, "
    "takes the revision off the version table and leaves its objects behind, on which the next "
    "upgrade fails.",
    remedy="Write the downgrade, or say that there is none: `raise NotImplementedError` in it, or "
    "`irreversible = True` in the revision.  A `raise` below a condition says it where it is met.  "
    "One that only moved rows may stay empty.",
    source="Alembic manual, Tutorial: Downgrading",
    needs=(LoadedHistory,),
    uses=(Stairway,),
    find_gaps=_unobserved_downgrades,
    applies_to=lambda revision: revision.has_upgrade,
)
def downgrade_is_written(evidence: Evidence) -> Iterator[Finding]:
    """A revision that changes the schema has a downgrade, or says that it is one-way."""
    for revision in evidence.fact(LoadedHistory).history.revisions:
        stairs = round_trips_by_revision(evidence).get(revision.id, [])
        is_missing = revision.has_upgrade and revision.downgrade is Downgrade.MISSING
        # An empty one may only have moved rows: then it leaves nothing; or nobody has looked.
        if is_missing or has_unwritten_downgrade(revision, stairs):
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=_missing_text(revision, stairs),
                do=downgrade_advice(
                    _first_leftovers(stairs), otherwise="def downgrade() -> None: ...   (write it)"
                ),
            )


def round_trips_by_revision(evidence: Evidence) -> dict[str, list[RoundTrip]]:
    """The stairs of each revision, from one start or from both."""
    found: dict[str, list[RoundTrip]] = defaultdict(list)
    if Stairway in evidence.facts:
        for each in evidence.fact(Stairway).round_trips:
            found[each.revision].append(each)
    return found


def has_unwritten_downgrade(revision: Revision, round_trips: list[RoundTrip]) -> bool:
    """Whether its downgrade does nothing although its upgrade made something."""
    is_empty = revision.has_upgrade and revision.downgrade is Downgrade.EMPTY
    return is_empty and bool(_first_leftovers(round_trips))


def _first_leftovers(round_trips: list[RoundTrip]) -> tuple[Difference, ...]:
    """What the first stair that leaves anything has left."""
    return next(
        (each.downgrade_differences for each in round_trips if each.downgrade_differences), ()
    )


def _missing_text(revision: Revision, round_trips: list[RoundTrip]) -> str:
    if revision.downgrade is Downgrade.MISSING:
        return "the revision has no downgrade function: `alembic downgrade` stops there."
    left = describe(_first_leftovers(round_trips))
    return f"the downgrade does nothing, while the upgrade changes something: {left}."


CHECKS = (downgrade_is_written,)
