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
    remedy="Make offline mode print what the upgrade does: no `if` on offline mode around an "
    "operation, no query with an answer that is needed, `literal_binds=True` and `paramstyle` "
    '"named" in env.py\'s `configure`.',
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(OfflineSql,),
    uses=(OtherModeUpgrades,),
)
def offline_matches_upgrade(evidence: Evidence) -> Iterator[Finding]:
    """The SQL of `alembic upgrade --sql`, run from the same start, has the upgrade's result."""
    failing, reported = _failing_in_other_modes(evidence), set[str]()
    for each in evidence.fact(OfflineSql).divergences:
        is_of_u10 = not each.is_printed and each.revision in failing
        if each.revision not in reported and not is_of_u10:
            reported.add(each.revision)
            yield _divergence_finding(evidence, each)


@check(
    "U8",
    "revisions can be printed as SQL",
    severity=Severity.NOTE,
    why="`alembic upgrade --sql` stops there with a Python error, and whoever runs the printed SQL "
    "on production has to split the upgrade at each of these revisions.",
    remedy="Use operations that need no answer, such as `op.create_index(..., "
    "if_not_exists=True)`; or raise `alembic.util.CommandError` with a message where "
    "`op.get_context().as_sql` is true: Alembic then shows the message, and this check has no "
    "finding.",
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(OfflineSql,),
)
def can_be_printed(evidence: Evidence) -> Iterator[Finding]:
    """Every revision can be printed, or raises an error that says that it needs a connection."""
    for each in evidence.fact(OfflineSql).unprintable:
        revision = evidence.history.find(each.revision)
        if each.is_declared or revision is None:
            continue
        failure = each.failure
        is_own = failure.path == revision.path
        span = f"{_parent_or_base(revision.down)}:{each.revision}"
        yield Finding(
            path=revision.path,
            line=failure.line if is_own else 1,
            revision=each.revision,
            what=f"without a connection {each.revision} stops with {failure.message}.",
            do=f"{evidence.alembic} upgrade {span} --sql   (shows where)",
        )


def _failing_in_other_modes(evidence: Evidence) -> set[str]:
    """The revisions that fail in another transaction mode: U10 reports those."""
    if OtherModeUpgrades not in evidence.facts:
        return set()
    failures = (each.upgrade.failure for each in evidence.fact(OtherModeUpgrades).upgrades)
    return {each.revision for each in failures if each is not None}


def _divergence_finding(evidence: Evidence, divergence: OfflineDivergence) -> Finding:
    revision = evidence.history.find(divergence.revision)
    path = revision.path if revision else evidence.history.location / "env.py"
    start = f"from {describe_start(divergence.start)}"
    failure = divergence.failure
    subject = f"the SQL of {divergence.revision}" if revision else "the printed SQL"
    if not divergence.is_printed:
        subject = f"after the SQL of the revisions before it, the upgrade of {divergence.revision}"
    if failure is not None:
        subject = subject if revision else "what env.py prints before the first revision"
        what = f"{start}, {subject} fails: {failure.full_message}"
    else:
        differences = describe(divergence.differences, added="is new", removed="is missing")
        what = f"{start}, {subject} has another result than the upgrade: {differences}."
    parent = _parent_or_base(revision.down) if revision else "base"
    span = f"{parent}:{divergence.revision or 'heads'}"
    return Finding(
        path=path,
        line=1 if revision else 0,
        revision=divergence.revision,
        object="" if revision else start,
        what=what,
        do=f"{evidence.alembic} upgrade {span} --sql   (prints it)",
    )


def _parent_or_base(parents: tuple[str, ...]) -> str:
    return parents[0] if parents else "base"


CHECKS = (offline_matches_upgrade, can_be_printed)
