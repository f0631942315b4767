"""Family D: downgrades that are written; `missing_downgrade.py` has D1."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import downgrade_advice
from alembic_rehearsal.core.history.revisions import Revision
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.missing_downgrade import (
    has_unwritten_downgrade,
    round_trips_by_revision,
)
from alembic_rehearsal.rehearsal.checks.wording import (
    describe,
    describe_differences,
    describe_start,
)
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.start import Start


@check(
    "D2",
    "a downgrade restores the schema exactly",
    why="an object that it leaves behind makes a later upgrade fail or differ; what it loses, such "
    "as a predicate, a default or ON DELETE CASCADE, is missing from then on without a message.",
    remedy="Undo each operation of the upgrade in the downgrade, in the opposite order; create "
    "what the upgrade dropped exactly as it was.",
    source="both schemas as PostgreSQL's catalogs have them; column order does not count",
    needs=(Stairway,),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1", "D3"),
)
def downgrade_restores_schema(evidence: Evidence) -> Iterator[Finding]:
    """After one step down the schema is the same as before the upgrade."""
    for revision, trips in _judged_round_trips(evidence):
        if any(each.downgrade_failure or each.reupgrade_failure for each in trips):
            continue  # D3 reports it, with what was left behind
        found = dict(one for each in reversed(trips) for one in _inexact_restores(revision, each))
        for what, left in found.items():
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=what,
                do=downgrade_advice(left),
            )


@check(
    "D3",
    "down and up again works",
    why="a rollback of the deploy, or a downgrade before a change of branches, stops half-way.",
    remedy="Drop in the downgrade what the upgrade made, in the opposite order; enum types too.",
    source="Alembic manual, Tutorial: Downgrading; PostgreSQL manual, CREATE TYPE",
    needs=(Stairway,),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1",),
)
def round_trip_works(evidence: Evidence) -> Iterator[Finding]:
    """Each revision can be downgraded by one step and upgraded again."""
    for revision, trips in _judged_round_trips(evidence):
        for each in trips:
            if each.downgrade_failure is not None:
                yield _failure_finding(
                    revision, each.downgrade_failure, "cannot be taken down", each
                )
                break
            if each.reupgrade_failure is not None:
                lead = "cannot be applied again after its own downgrade"
                yield _failure_finding(revision, each.reupgrade_failure, lead, each)
                break


@check(
    "D4",
    "all the way down and up again works",
    why="single steps do not show what one downgrade breaks for an older one: a rollback over "
    "several revisions stops half-way, or ends in a schema that no revision has.",
    remedy="Make each downgrade undo its own upgrade and nothing else.",
    source="seen in public histories: a step down that works alone fails in a walk from head, "
    "and vice versa",
    needs=(Stairway, FullDowngrade),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1", "D2", "D3"),
)
def full_downgrade_works(evidence: Evidence) -> Iterator[Finding]:
    """A walk from head down and up again has at each revision the schema of the upgrade."""
    stairway = evidence.fact(Stairway)
    reported = {each.revision for each in stairway.round_trips if not each.is_sound} | {
        *stairway.unreached
    }
    for divergence in evidence.fact(FullDowngrade).divergences:
        revision = evidence.history.find(divergence.revision)
        if revision is not None and divergence.revision not in reported:
            reported.add(divergence.revision)
            yield _divergence_finding(evidence, revision, divergence)


@check(
    "D5",
    "a downgrade undoes what its upgrade did",
    severity=Severity.NOTE,
    why="the upgrade inspected the database and found its change already there; the downgrade does "
    "not inspect it, and removes objects that the upgrade had not made.",
    remedy="Declare the revision one-way, since its downgrade cannot know who made the objects "
    "that it finds; where it fails because there is nothing to drop, guard the downgrade as well.",
    source="both schemas as PostgreSQL's catalogs have them: objects that the upgrade did not "
    "change",
    needs=(Stairway,),
    applies_to=lambda revision: revision.inspects_database and revision.can_downgrade,
)
def downgrade_undoes_own_upgrade(evidence: Evidence) -> Iterator[Finding]:
    """An unguarded downgrade does not undo what a guarded upgrade found and did not make."""
    for id, round_trips in round_trips_by_revision(evidence).items():
        revision = evidence.history.find(id)
        what, do = next(filter(None, map(_foreign_change, round_trips)), ("", ""))
        if revision is not None and revision.inspects_database and what:
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=id,
                what=what,
                do=do,
            )


def _judged_round_trips(evidence: Evidence) -> Iterator[tuple[Revision, list[RoundTrip]]]:
    """Each revision with the round trips by which its downgrade can be judged.

    A guarded upgrade that found nothing to do is left out, since D5 judges it, and so is a
    downgrade that is not written, since D1 reports it.
    """
    round_trips = round_trips_by_revision(evidence)
    for revision in evidence.history.revisions:
        own = [
            each
            for each in round_trips[revision.id]
            if not (revision.inspects_database and each.is_idle)
        ]
        if own and not has_unwritten_downgrade(revision, own):
            yield revision, own


def _inexact_restores(
    revision: Revision, trip: RoundTrip
) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    """The differences after the downgrade, or else after the second upgrade, and what to undo."""
    foreign = trip.foreign_differences if revision.inspects_database else ()
    left = tuple(each for each in trip.downgrade_differences if each not in foreign)
    if left:
        yield f"after its downgrade the schema is not what it was before: {describe(left)}.", left
    elif trip.reupgrade_differences and not foreign:
        differences = describe_differences(trip.reupgrade_differences)
        yield f"the second time it ends in another schema than the first: {differences}.", ()


def _foreign_change(trip: RoundTrip) -> tuple[str, str] | None:
    """What the downgrade does to objects that the upgrade had not touched, and what to type."""
    lead = f"from {describe_start(trip.start)}"
    if trip.foreign_differences:
        changes = describe(trip.foreign_differences)
        what = f"{lead}, its downgrade changes what its upgrade had not: {changes}."
        return what, "irreversible = True   (at the top of the file: nobody knows who made that)"
    if trip.downgrade_failure and trip.is_idle:
        message = trip.downgrade_failure.full_message
        what = f"{lead} the upgrade had nothing to do, and its downgrade fails: {message}"
        return what, "if_exists=True   (in each op.drop_... of its downgrade)"
    return None


def _failure_finding(revision: Revision, failure: Failure, lead: str, trip: RoundTrip) -> Finding:
    left = (
        f"\nafter the downgrade: {describe(trip.downgrade_differences)}"
        if trip.downgrade_differences
        else ""
    )
    return Finding(
        path=failure.path or revision.path,
        line=failure.line or revision.line,
        revision=revision.id,
        what=f"{revision.id} {lead}: {failure.full_message}{left}",
        do=downgrade_advice(trip.downgrade_differences if trip.reupgrade_failure else ()),
    )


def _divergence_finding(evidence: Evidence, revision: Revision, divergence: Divergence) -> Finding:
    """The finding; its remedy runs no `alembic` command, as DATABASE_URL may be production's."""
    # --keep keeps the database of this check.
    up = "U1" if divergence.start is Start.EMPTY else "U2"
    failure, is_up = divergence.failure, divergence.on_the_way_up
    if failure:
        outcome = f"it fails: {failure.full_message}"
    else:
        differences = (describe_differences if is_up else describe)(divergence.differences)
        outcome = f"it ends in another schema: {differences}."
    step = "brought up again" if is_up else "taken down"
    return Finding(
        path=failure.path if failure and failure.path else revision.path,
        line=failure.line if failure and failure.path else revision.line,
        revision=revision.id,
        what=f"{revision.id} works alone; {step} in a walk from head {outcome}",
        do=f"mend the downgrade of {revision.id}, or that of a newer revision that breaks it\n"
        f"rehearsal run --checks {up},D4 --keep{evidence.config_option}   "
        "(walks again, and keeps a database at head to try by hand)",
    )


CHECKS = (
    downgrade_restores_schema,
    round_trip_works,
    full_downgrade_works,
    downgrade_undoes_own_upgrade,
)
