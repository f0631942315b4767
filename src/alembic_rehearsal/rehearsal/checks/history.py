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
    "Branches that are never merged each need `branch_labels` of their own; where a folder has "
    'other histories besides the one that is deployed, set `target = "main@head"`.',
    source="Alembic manual, Working with Branches",
    needs=(LoadedHistory,),
    whole_history=True,
)
def one_head(evidence: Evidence) -> Iterator[Finding]:
    """The history that is deployed has one head, or one for each branch label."""
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
    remedy="Mend or remove the file that the finding names; every revision needs an id of its own "
    "and a parent that exists.",
    source="Alembic manual, Tutorial: Create a Migration Script",
    is_always_judged=True,
)
def history_loads(evidence: Evidence) -> Iterator[Finding]:
    """Alembic can load every revision file, and every parent that a revision names exists."""
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
    """The history has every revision that the snapshot is stamped with."""
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
    "revisions are self-contained",
    severity=Severity.WARNING,
    why="a revision that imports the application depends on its present code: when a model is "
    "renamed, a new environment cannot be built any more; and a value from the clock, a random "
    "number or an environment variable differs in every database.",
    remedy="Write into the revision what it needs: its own `sa.table(...)` instead of the model, "
    "a literal or `sa.func.now()` instead of the clock, a plain value instead of a variable.",
    source="measured: where a name that a revision imports is renamed, every command of Alembic "
    "ends in an ImportError",
    needs=(LoadedHistory,),
    applies_to=lambda revision: True,
)
def is_self_contained(evidence: Evidence) -> Iterator[Finding]:
    """A revision imports no application code and reads no clock, random number or environment."""
    for revision in evidence.fact(LoadedHistory).history.revisions:
        if revision.outside_uses:
            uses = "; ".join(f"line {each.line} {each.text}" for each in revision.outside_uses)
            yield Finding(
                path=revision.path,
                line=revision.outside_uses[0].line,
                revision=revision.id,
                what=f"the revision is not self-contained: {uses}.",
                do="\n".join(self_contained_advice(revision.outside_uses)),
            )


CHECKS = (one_head, history_loads, snapshot_revision_known, is_self_contained)
