"""Family U, offline: the SQL that `alembic upgrade --sql` prints for others to run."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import describe, describe_start
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.offline import OfflineDivergence, OfflineSql
from alembic_rehearsal.rehearsal.facts.upgrade import OtherModeUpgrades


@check(
    "U7",
    "offline SQL does what the upgrade does",
    why="where a person runs the printed SQL on production, it stops half-way, or ends in a "
    "schema that no environment has.",
    remedy="Print what the upgrade does: no `if` on offline mode around an operation, no query whose "
    'answer is needed, `literal_binds=True` and `paramstyle` "named" in env.py\'s `configure`.',
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(OfflineSql,),
    uses=(OtherModeUpgrades,),
)
def offline_matches_upgrade(evidence: Evidence) -> Iterator[Finding]:
    """The SQL of `alembic upgrade --sql`, run on the same start, ends as the upgrade does."""
    alone, told = _failing_in_other_modes(evidence), set[str]()
    for each in evidence.fact(OfflineSql).divergences:
        is_of_u10 = not each.is_printed and each.revision in alone
        if each.revision not in told and not is_of_u10:
            told.add(each.revision)
            yield _divergence_finding(evidence, each)


@check(
    "U8",
    "revisions can be printed as SQL",
    severity=Severity.NOTE,
    why="`alembic upgrade --sql` stops there with an error of Python, and who runs the printed "
    "SQL on production has to divide the way at each of these revisions.",
    remedy="Use operations that need no answer, such as `op.create_index(..., if_not_exists=True)`; "
    "or raise `alembic.util.CommandError` with a sentence where `op.get_context().as_sql`: then it "
    "is said in words, and not here.",
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(OfflineSql,),
)
def can_be_printed(evidence: Evidence) -> Iterator[Finding]:
    """Every revision can be printed, or says in words that it needs a connection."""
    for each in evidence.fact(OfflineSql).unprintable:
        revision = evidence.history.find(each.revision)
        if each.is_declared or revision is None:
            continue
        failure = each.failure
        is_own = failure.path == revision.path
        yield Finding(
            path=revision.path,
            line=failure.line if is_own else 1,
            revision=each.revision,
            what=f"without a connection {each.revision} stops with {failure.message}.",
            do=f"{evidence.alembic} upgrade {_parent_or_base(revision.down)}:{each.revision} --sql   "
            "(shows where)",
        )


def _failing_in_other_modes(evidence: Evidence) -> set[str]:
    """The revisions that fail in another mode, whatever SQL is around them: U10 tells of those."""
    ways = evidence.fact(OtherModeUpgrades).upgrades if OtherModeUpgrades in evidence.facts else ()
    return {each.upgrade.failure.revision for each in ways if each.upgrade.failure is not None}


def _divergence_finding(evidence: Evidence, deviation: OfflineDivergence) -> Finding:
    revision = evidence.history.find(deviation.revision)
    path = revision.path if revision else evidence.history.location / "env.py"
    start = f"from {describe_start(deviation.start)}"
    failure = deviation.failure
    subject = f"the SQL of {deviation.revision}" if revision else "the printed SQL"
    if not deviation.is_printed:
        subject = f"after the SQL of the revisions before it, the upgrade of {deviation.revision}"
    if failure is not None:
        subject = subject if revision else "what env.py prints before the first revision"
        what = f"{start}, {subject} fails: {failure.full_message}"
    else:
        ends = describe(deviation.differences, added="is new", removed="is missing")
        what = f"{start}, {subject} ends otherwise than the upgrade: {ends}."
    parent = _parent_or_base(revision.down) if revision else "base"
    return Finding(
        path=path,
        line=1 if revision else 0,
        revision=deviation.revision,
        object="" if revision else start,
        what=what,
        do=f"{evidence.alembic} upgrade {parent}:{deviation.revision or 'heads'} --sql   (prints it)",
    )


def _parent_or_base(parents: tuple[str, ...]) -> str:
    return parents[0] if parents else "base"


CHECKS = (offline_matches_upgrade, can_be_printed)
