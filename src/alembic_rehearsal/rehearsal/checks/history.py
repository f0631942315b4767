"""Family H: the revision files, before any of them runs."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import standing_alone
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, Loaded, SnapshotRead
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity


@check(
    "H1",
    "one head",
    why="`alembic upgrade head` stops with an error on deploy while the history has two heads.",
    cure="Join the heads with a merge revision, or re-parent the newer one if nobody ran it yet. "
    "Branches that end apart by design each want a `branch_labels` of their own; where a folder "
    'holds other histories beside the one that is deployed, set `target = "main@head"`.',
    source="Alembic manual, Working with Branches",
    needs=(Loaded,),
    whole=True,
)
def one_head(scene: Evidence) -> Iterator[Finding]:
    """What deploys upgrade to has one head, or one for each branch label."""
    history = scene.fact(Loaded).history
    heads = history.rivals
    if heads:
        newest = history.find(heads[-1])
        yield Finding(
            path=newest.path if newest else history.location,
            line=1,
            revision=heads[-1],
            what=f"{len(heads)} heads: {', '.join(heads)}.",
            do=f"{scene.alembic} merge -m 'join heads' {' '.join(heads)}",
        )


@check(
    "H2",
    "the history loads",
    why="Alembic refuses every command, `upgrade` included, while one file cannot be loaded.",
    cure="Mend or remove the file that is named; every revision needs an id of its own and a "
    "parent that exists.",
    source="Alembic manual, Tutorial: Create a Migration Script",
)
def loads(scene: Evidence) -> Iterator[Finding]:
    """Alembic can load every revision file, and each parent that one names exists."""
    problem = scene.history.problem
    if problem is not None:
        yield Finding(
            path=problem.path,
            line=problem.line,
            revision=problem.revision,
            what=problem.message,
            do=f"mend that file, then: {scene.alembic} history",
        )


@check(
    "H3",
    "production's revision is known",
    why="production is at a revision that this checkout does not have: nothing can be planned "
    'from there, and `upgrade` stops with "Can\'t locate revision".',
    cure="Bring the branch up to date; if production was stamped by hand, take a new snapshot.",
    source="Alembic manual, Cookbook: Test current database revision is at head(s); measured: "
    "alembic.util.exc.CommandError on upgrade",
    needs=(Loaded, SnapshotRead),
)
def snapshot_revision_known(scene: Evidence) -> Iterator[Finding]:
    """Every revision that the snapshot is stamped with is in the history."""
    history, snapshot = scene.fact(Loaded).history, scene.fact(SnapshotRead).snapshot
    heads = ", ".join(history.heads) or "none"
    for revision in history.unknown(snapshot.provenance.revisions):
        yield Finding(
            path=snapshot.path,
            line=1,
            revision=revision,
            what=f"the snapshot is at revision {revision}, which the history does not "
            f"contain (head: {heads}).",
            do="git fetch && git rebase main   (the revision may be on main)\n"
            f"rehearsal snapshot take --from URL{scene.config_option}   "
            "(if production was stamped by hand)",
        )


@check(
    "H5",
    "revisions stand alone",
    severity=Severity.WARNING,
    why="it runs today as the application is today: when a model that it imports is renamed, a new "
    "environment cannot be built any more; and what comes from the clock, from chance or from a "
    "variable is another thing in every database.",
    cure="Write into the revision what it needs: its own `sa.table(...)` instead of the model, "
    "a literal or `sa.func.now()` instead of the clock, a plain value instead of a variable.",
    source="measured: where what a revision imports is renamed, every command of Alembic ends in "
    "an ImportError",
    needs=(Loaded,),
    each=lambda revision: True,
)
def stands_alone(scene: Evidence) -> Iterator[Finding]:
    """A revision imports nothing of the application, and asks no clock, dice or environment."""
    for revision in scene.fact(Loaded).history.revisions:
        if revision.leans:
            said = "; ".join(f"line {each.line} {each.text}" for each in revision.leans)
            yield Finding(
                path=revision.path,
                line=revision.leans[0].line,
                revision=revision.id,
                what=f"the revision does not stand alone: {said}.",
                do="\n".join(standing_alone(revision.leans)),
            )


CHECKS = (one_head, loads, snapshot_revision_known, stands_alone)
