"""Family D: the way back, where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import to_undo
from alembic_rehearsal.core.history.revisions import Revision
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.missing_downgrade import is_unwritten, stairs_of
from alembic_rehearsal.rehearsal.checks.wording import apart, listed, started
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
    cure="Undo in the downgrade each thing that the upgrade did, in the opposite order; make "
    "again what it dropped exactly as it was.",
    source="both schemas as PostgreSQL's catalogs have them; column order does not count",
    needs=(Stairway,),
    each=lambda revision: revision.comes_back,
    yields_to=("D1", "D3"),
)
def restores_exactly(scene: Evidence) -> Iterator[Finding]:
    """After one step down the schema is what it was before the upgrade."""
    for revision, stairs in _judged(scene):
        if any(each.down or each.up_again for each in stairs):
            continue  # D3 tells of it, with what was left
        found = dict(one for each in reversed(stairs) for one in _inexact(revision, each))
        for what, left in found.items():
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=revision.id,
                what=what,
                do=to_undo(left),
            )


@check(
    "D3",
    "down and up again works",
    why="a rollback of the deploy, or a developer who changes branches, stops half-way.",
    cure="Drop in the downgrade what the upgrade made, in the opposite order; enum types too.",
    source="Alembic manual, Tutorial: Downgrading; PostgreSQL manual, CREATE TYPE",
    needs=(Stairway,),
    each=lambda revision: revision.comes_back,
    yields_to=("D1",),
)
def goes_down_and_up(scene: Evidence) -> Iterator[Finding]:
    """Each revision can be taken one step down and brought up again."""
    for revision, stairs in _judged(scene):
        for each in stairs:
            if each.down is not None:
                yield _stuck(revision, each.down, "cannot be taken down", each)
                break
            if each.up_again is not None:
                lead = "cannot be applied again after its own downgrade"
                yield _stuck(revision, each.up_again, lead, each)
                break


@check(
    "D4",
    "all the way down and up again works",
    why="single steps do not show what one downgrade breaks for an older one: a rollback over "
    "several revisions stops half-way, or ends in a schema that no revision describes.",
    cure="Make each downgrade undo its own upgrade and nothing else.",
    source="seen in public histories: a step down that works alone fails in a walk from head, "
    "and the other way round",
    needs=(Stairway, FullDowngrade),
    each=lambda revision: revision.comes_back,
    yields_to=("D1", "D2", "D3"),
)
def walks_down_and_up(scene: Evidence) -> Iterator[Finding]:
    """A walk from head down, as far as it goes, and up again meets what the way up had."""
    taken = scene.fact(Stairway)
    told = {each.revision for each in taken.stairs if not each.is_sound} | {*taken.unreached}
    for landing in scene.fact(FullDowngrade).landings:
        revision = scene.history.find(landing.revision)
        if revision is not None and landing.revision not in told:
            told.add(landing.revision)
            yield _landed(scene, revision, landing)


@check(
    "D5",
    "a downgrade undoes what its upgrade did",
    severity=Severity.NOTE,
    why="the upgrade looked and found its change already there; the downgrade does not look, and "
    "takes away what another hand had made.",
    cure="Declare the revision one-way, as its downgrade cannot know who made what it finds; where "
    "it fails because there is nothing, let it look as well.",
    source="both schemas as PostgreSQL's catalogs have them: what the upgrade left as it was",
    needs=(Stairway,),
    each=lambda revision: revision.looks and revision.comes_back,
)
def undoes_its_own(scene: Evidence) -> Iterator[Finding]:
    """What a guarded upgrade found and did not make is not undone by an unguarded downgrade."""
    for id, stairs in stairs_of(scene).items():
        revision = scene.history.find(id)
        what, do = next(filter(None, map(_not_its_own, stairs)), ("", ""))
        if revision is not None and revision.looks and what:
            yield Finding(
                path=revision.path,
                line=revision.line,
                revision=id,
                what=what,
                do=do,
            )


def _judged(scene: Evidence) -> Iterator[tuple[Revision, list[RoundTrip]]]:
    """Each revision with the stairs that its downgrade can be held to.

    Not with an upgrade that looked and found nothing to do, of which D5 tells; nor with a
    downgrade that is not written, of which D1 does.
    """
    stairs = stairs_of(scene)
    for revision in scene.history.revisions:
        own = [each for each in stairs[revision.id] if not (revision.looks and each.is_idle)]
        if own and not is_unwritten(revision, own):
            yield revision, own


def _inexact(revision: Revision, stair: RoundTrip) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    """What is otherwise after the downgrade, or only after the second upgrade; what to undo."""
    others = stair.others if revision.looks else ()
    left = tuple(each for each in stair.left if each not in others)
    if left:
        yield f"after its downgrade the schema is not what it was before: {listed(left)}.", left
    elif stair.unlike and not others:
        said = apart(stair.unlike)
        yield f"the second time it ends in another schema than the first: {said}.", ()


def _not_its_own(stair: RoundTrip) -> tuple[str, str] | None:
    """What the downgrade does to objects that the upgrade had not touched, and what to type."""
    lead = f"from {started(stair.start)}"
    if stair.others:
        what = f"{lead}, its downgrade changes what its upgrade had not: {listed(stair.others)}."
        return what, "irreversible = True   (at the top of the file: nobody knows who made that)"
    if stair.down and stair.is_idle:
        what = f"{lead} the upgrade had nothing to do, and its downgrade fails: {stair.down.full_message}"
        return what, "if_exists=True   (in each op.drop_... of its downgrade)"
    return None


def _stuck(revision: Revision, failure: Failure, lead: str, stair: RoundTrip) -> Finding:
    left = f"\nafter the downgrade: {listed(stair.left)}" if stair.left else ""
    return Finding(
        path=failure.path or revision.path,
        line=failure.line or revision.line,
        revision=revision.id,
        what=f"{revision.id} {lead}: {failure.full_message}{left}",
        do=to_undo(stair.left if stair.up_again else ()),
    )


def _landed(scene: Evidence, revision: Revision, landing: Divergence) -> Finding:
    """What to type leaves Alembic's own commands alone: DATABASE_URL may be production's."""
    up = "U1" if landing.start is Start.EMPTY else "U2"  # whose database --keep keeps
    failure, is_up = landing.failure, landing.on_the_way_up
    if failure:
        told = f"it fails: {failure.full_message}"
    else:
        different = (apart if is_up else listed)(landing.differences)
        told = f"it ends in another schema: {different}."
    step = "brought up again" if is_up else "taken down"
    return Finding(
        path=failure.path if failure and failure.path else revision.path,
        line=failure.line if failure and failure.path else revision.line,
        revision=revision.id,
        what=f"{revision.id} works alone; {step} in a walk from head {told}",
        do=f"mend the downgrade of {revision.id}, or that of a newer revision that it trips over\n"
        f"rehearsal run --checks {up},D4 --keep{scene.config_option}   "
        "(walks again, and keeps a database at head to walk on by hand)",
    )


CHECKS = (restores_exactly, goes_down_and_up, walks_down_and_up, undoes_its_own)
