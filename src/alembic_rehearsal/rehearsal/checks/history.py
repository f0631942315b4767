"""Family H: the revision files, before any of them runs."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import self_contained_advice
from alembic_rehearsal.core.history.revisions import UNLOADABLE_WHY
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity


@check(
    "H1",
    "one head",
    why="`alembic upgrade head` stops with an error on deploy while the history has two heads.",
    remedy="Join the heads with a merge revision, or re-parent the newer one if nobody ran it yet. "
    "Branches that end apart by design each want a `branch_labels` of their own; where a folder "
    'holds other histories beside the one that is deployed, set `target = "main@head"`.',
    source="Alembic manual, Working with Branches",
    needs=(LoadedHistory,),
    whole_history=True,
)
def one_head(evidence: Evidence) -> Iterator[Finding]:
    """What deploys upgrade to has one head, or one for each branch label."""
    history = evidence.fact(LoadedHistory).history
    heads = history.competing_heads
    if heads:
        newest = history.find(heads[-1])
        yield Finding(
            path=newest.path if newest else history.location,
            line=1,
            revision=heads[-1],
            what=f"{len(heads)} heads: {', '.join(heads)}.",
            do=f"{evidence.alembic} merge -m 'join heads' {' '.join(heads)}",
        )


@check(
    "H2",
    "the history loads",
    why=UNLOADABLE_WHY,
    remedy="Mend or remove the file that is named; every revision needs an id of its own and a "
    "parent that exists.",
    source="Alembic manual, Tutorial: Create a Migration Script",
    is_always_judged=True,
)
def history_loads(evidence: Evidence) -> Iterator[Finding]:
    """Alembic can load every revision file, and each parent that one names exists."""
    problem = evidence.history.problem
    if problem is not None:
        yield Finding(
            path=problem.path,
            line=problem.line,
            revision=problem.revision,
            what=problem.message,
            do=problem.remedy(evidence.alembic),
        )


@check(
    "H3",
    "production's revision is known",
    why="production is at a revision that this checkout does not have: nothing can be planned "
    'from there, and `upgrade` stops with "Can\'t locate revision".',
    remedy="Bring the branch up to date; if production was stamped by hand, take a new snapshot.",
    source="Alembic manual, Cookbook: Test current database revision is at head(s); measured: "
    "alembic.util.exc.CommandError on upgrade",
    needs=(LoadedHistory, LoadedSnapshot),
)
def snapshot_revision_known(evidence: Evidence) -> Iterator[Finding]:
    """Every revision that the snapshot is stamped with is in the history."""
    history, snapshot = evidence.fact(LoadedHistory).history, evidence.fact(LoadedSnapshot).snapshot
    heads = ", ".join(history.heads) or "none"
    for revision in history.unknown(snapshot.provenance.revisions):
        yield Finding(
            path=snapshot.path,
            line=1,
            revision=revision,
            what=f"the snapshot is at revision {revision}, which the history does not "
            f"contain (head: {heads}).",
            do="git fetch && git rebase main   (the revision may be on main)\n"
            f"rehearsal snapshot take --from URL{evidence.config_option}   "
            "(if production was stamped by hand)",
        )


@check(
    "H5",
    "revisions stand alone",
    severity=Severity.WARNING,
    why="it runs today as the application is today: when a model that it imports is renamed, a new "
    "environment cannot be built any more; and what comes from the clock, from chance or from a "
    "variable is another thing in every database.",
    remedy="Write into the revision what it needs: its own `sa.table(...)` instead of the model, "
    "a literal or `sa.func.now()` instead of the clock, a plain value instead of a variable.",
    source="measured: where what a revision imports is renamed, every command of Alembic ends in "
    "an ImportError",
    needs=(LoadedHistory,),
    applies_to=lambda revision: True,
)
def is_self_contained(evidence: Evidence) -> Iterator[Finding]:
    """A revision imports nothing of the application, and asks no clock, dice or environment."""
    for revision in evidence.fact(LoadedHistory).history.revisions:
        if revision.outside_uses:
            said = "; ".join(f"line {each.line} {each.text}" for each in revision.outside_uses)
            yield Finding(
                path=revision.path,
                line=revision.outside_uses[0].line,
                revision=revision.id,
                what=f"the revision does not stand alone: {said}.",
                do="\n".join(self_contained_advice(revision.outside_uses)),
            )


CHECKS = (one_head, history_loads, snapshot_revision_known, is_self_contained)
