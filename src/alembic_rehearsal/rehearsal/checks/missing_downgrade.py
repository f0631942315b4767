"""Family D, D1: whether a downgrade is written, or declared not to exist."""

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
    """The gap of D1: empty downgrades that may be right, as no round trip was run."""
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
    why="a rollback is not possible.  An empty downgrade is worse: `alembic downgrade` succeeds, "
    "removes the revision from the version table and leaves its objects behind, and the next "
    "upgrade fails on them.",
    remedy="Write the downgrade, or declare that there is none: `raise NotImplementedError` in it, "
    "or `irreversible = True` in the revision.  A `raise` under a condition counts where it is "
    "reached.  The downgrade of a revision that only moved rows may stay empty.",
    source="Alembic manual, Tutorial: Downgrading",
    needs=(LoadedHistory,),
    uses=(Stairway,),
    find_gaps=_unobserved_downgrades,
    applies_to=lambda revision: revision.has_upgrade,
)
def downgrade_is_written(evidence: Evidence) -> Iterator[Finding]:
    """A revision that changes the schema has a downgrade, or declares that it is one-way."""
    for revision in evidence.fact(LoadedHistory).history.revisions:
        round_trips = round_trips_by_revision(evidence).get(revision.id, [])
        is_missing = revision.has_upgrade and revision.downgrade is Downgrade.MISSING
        # An empty downgrade is right where it leaves nothing behind, as after moving rows.
        if is_missing or has_unwritten_downgrade(revision, round_trips):
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=_missing_text(revision, round_trips),
                do=downgrade_advice(
                    _first_leftovers(round_trips),
                    fallback="def downgrade() -> None: ...   (write it)",
                ),
            )


def round_trips_by_revision(evidence: Evidence) -> dict[str, list[RoundTrip]]:
    """The round trips of each revision, from one start or from both."""
    found: dict[str, list[RoundTrip]] = defaultdict(list)
    if Stairway in evidence.facts:
        for each in evidence.fact(Stairway).round_trips:
            found[each.revision].append(each)
    return found


def has_unwritten_downgrade(revision: Revision, round_trips: list[RoundTrip]) -> bool:
    """Whether its downgrade is empty although its upgrade changed the schema."""
    is_empty = revision.has_upgrade and revision.downgrade is Downgrade.EMPTY
    return is_empty and bool(_first_leftovers(round_trips))


def _first_leftovers(round_trips: list[RoundTrip]) -> tuple[Difference, ...]:
    """The differences of the first round trip that left any."""
    return next(
        (each.downgrade_differences for each in round_trips if each.downgrade_differences), ()
    )


def _missing_text(revision: Revision, round_trips: list[RoundTrip]) -> str:
    if revision.downgrade is Downgrade.MISSING:
        return "the revision has no downgrade function: `alembic downgrade` stops there."
    left = describe(_first_leftovers(round_trips))
    return f"the downgrade does nothing, while the upgrade changes something: {left}."


CHECKS = (downgrade_is_written,)
