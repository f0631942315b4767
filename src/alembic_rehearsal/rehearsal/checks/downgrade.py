"""Family D: the way back, where there is one."""

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
    why="what it leaves behind makes a later upgrade fail or differ; what it loses, such as a "
    "predicate, a default or ON DELETE CASCADE, is missing from then on without a word.",
    remedy="Undo in the downgrade each thing that the upgrade did, in the opposite order; make "
    "again what it dropped exactly as it was.",
    source="both schemas as PostgreSQL's catalogs have them; column order does not count",
    needs=(Stairway,),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1", "D3"),
)
def downgrade_restores_schema(evidence: Evidence) -> Iterator[Finding]:
    """After one step down the schema is what it was before the upgrade."""
    for revision, stairs in _judged_round_trips(evidence):
        if any(each.downgrade_failure or each.reupgrade_failure for each in stairs):
            continue  # D3 tells of it, with what was left
        found = dict(one for each in reversed(stairs) for one in _inexact_restores(revision, each))
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
    why="a rollback of the deploy, or a developer who changes branches, stops half-way.",
    remedy="Drop in the downgrade what the upgrade made, in the opposite order; enum types too.",
    source="Alembic manual, Tutorial: Downgrading; PostgreSQL manual, CREATE TYPE",
    needs=(Stairway,),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1",),
)
def round_trip_works(evidence: Evidence) -> Iterator[Finding]:
    """Each revision can be taken one step down and brought up again."""
    for revision, stairs in _judged_round_trips(evidence):
        for each in stairs:
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
    "several revisions stops half-way, or ends in a schema that no revision describes.",
    remedy="Make each downgrade undo its own upgrade and nothing else.",
    source="seen in public histories: a step down that works alone fails in a walk from head, "
    "and the other way round",
    needs=(Stairway, FullDowngrade),
    applies_to=lambda revision: revision.can_downgrade,
    yields_to=("D1", "D2", "D3"),
)
def full_downgrade_works(evidence: Evidence) -> Iterator[Finding]:
    """A walk from head down, as far as it goes, and up again meets what the way up had."""
    stairway = evidence.fact(Stairway)
    reported = {each.revision for each in stairway.round_trips if not each.is_sound} | {
        *stairway.unreached
    }
    for landing in evidence.fact(FullDowngrade).divergences:
        revision = evidence.history.find(landing.revision)
        if revision is not None and landing.revision not in reported:
            reported.add(landing.revision)
            yield _divergence_finding(evidence, revision, landing)


@check(
    "D5",
    "a downgrade undoes what its upgrade did",
    severity=Severity.NOTE,
    why="the upgrade looked and found its change already there; the downgrade does not look, and "
    "takes away what another hand had made.",
    remedy="Declare the revision one-way, as its downgrade cannot know who made what it finds; where "
    "it fails because there is nothing, let it look as well.",
    source="both schemas as PostgreSQL's catalogs have them: what the upgrade left as it was",
    needs=(Stairway,),
    applies_to=lambda revision: revision.inspects_database and revision.can_downgrade,
)
def downgrade_undoes_own_upgrade(evidence: Evidence) -> Iterator[Finding]:
    """What a guarded upgrade found and did not make is not undone by an unguarded downgrade."""
    for id, stairs in round_trips_by_revision(evidence).items():
        revision = evidence.history.find(id)
        what, do = next(filter(None, map(_foreign_change, stairs)), ("", ""))
        if revision is not None and revision.inspects_database and what:
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=id,
                what=what,
                do=do,
            )


def _judged_round_trips(evidence: Evidence) -> Iterator[tuple[Revision, list[RoundTrip]]]:
    """Each revision with the stairs that its downgrade can be held to.

    Not with an upgrade that looked and found nothing to do, of which D5 tells; nor with a
    downgrade that is not written, of which D1 does.
    """
    stairs = round_trips_by_revision(evidence)
    for revision in evidence.history.revisions:
        own = [
            each
            for each in stairs[revision.id]
            if not (revision.inspects_database and each.is_idle)
        ]
        if own and not has_unwritten_downgrade(revision, own):
            yield revision, own


def _inexact_restores(
    revision: Revision, stair: RoundTrip
) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    """What is otherwise after the downgrade, or only after the second upgrade; what to undo."""
    others = stair.foreign_differences if revision.inspects_database else ()
    left = tuple(each for each in stair.downgrade_differences if each not in others)
    if left:
        yield f"after its downgrade the schema is not what it was before: {describe(left)}.", left
    elif stair.reupgrade_differences and not others:
        said = describe_differences(stair.reupgrade_differences)
        yield f"the second time it ends in another schema than the first: {said}.", ()


def _foreign_change(stair: RoundTrip) -> tuple[str, str] | None:
    """What the downgrade does to objects that the upgrade had not touched, and what to type."""
    lead = f"from {describe_start(stair.start)}"
    if stair.foreign_differences:
        what = f"{lead}, its downgrade changes what its upgrade had not: {describe(stair.foreign_differences)}."
        return what, "irreversible = True   (at the top of the file: nobody knows who made that)"
    if stair.downgrade_failure and stair.is_idle:
        what = f"{lead} the upgrade had nothing to do, and its downgrade fails: {stair.downgrade_failure.full_message}"
        return what, "if_exists=True   (in each op.drop_... of its downgrade)"
    return None


def _failure_finding(revision: Revision, failure: Failure, lead: str, stair: RoundTrip) -> Finding:
    left = (
        f"\nafter the downgrade: {describe(stair.downgrade_differences)}"
        if stair.downgrade_differences
        else ""
    )
    return Finding(
        path=failure.path or revision.path,
        line=failure.line or revision.line,
        revision=revision.id,
        what=f"{revision.id} {lead}: {failure.full_message}{left}",
        do=downgrade_advice(stair.downgrade_differences if stair.reupgrade_failure else ()),
    )


def _divergence_finding(evidence: Evidence, revision: Revision, landing: Divergence) -> Finding:
    """What to type leaves Alembic's own commands alone: DATABASE_URL may be production's."""
    up = "U1" if landing.start is Start.EMPTY else "U2"  # whose database --keep keeps
    failure, is_up = landing.failure, landing.on_the_way_up
    if failure:
        outcome = f"it fails: {failure.full_message}"
    else:
        different = (describe_differences if is_up else describe)(landing.differences)
        outcome = f"it ends in another schema: {different}."
    step = "brought up again" if is_up else "taken down"
    return Finding(
        path=failure.path if failure and failure.path else revision.path,
        line=failure.line if failure and failure.path else revision.line,
        revision=revision.id,
        what=f"{revision.id} works alone; {step} in a walk from head {outcome}",
        do=f"mend the downgrade of {revision.id}, or that of a newer revision that it trips over\n"
        f"rehearsal run --checks {up},D4 --keep{evidence.config_option}   "
        "(walks again, and keeps a database at head to walk on by hand)",
    )


CHECKS = (
    downgrade_restores_schema,
    round_trip_works,
    full_downgrade_works,
    downgrade_undoes_own_upgrade,
)
