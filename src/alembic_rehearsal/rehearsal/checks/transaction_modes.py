"""Family U, second half: the same upgrade in other modes, and run once more."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import guard_advice
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import (
    describe_changes,
    describe_differences,
    describe_start,
)
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrade,
    OtherModeUpgrades,
    SecondRuns,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)


@check(
    "U9",
    "a second upgrade changes nothing",
    why="deploys run `alembic upgrade head` again and again; what runs twice may fail the second "
    "time, or change a schema or rows that nobody migrated.",
    remedy="Leave in env.py what configures, and move what makes objects into a revision.",
    source="Alembic manual, Tutorial: Running our First Migration",
    needs=(SecondRuns,),
    whole_history=True,
)
def second_upgrade_is_idle(evidence: Evidence) -> Iterator[Finding]:
    """On a database at head `alembic upgrade head` finds nothing to do and does nothing."""
    for run in evidence.fact(SecondRuns).runs:
        what = ""
        if run.failure is not None:
            what = f"fails: {run.failure.full_message}"
        elif run.planned:
            what = f"would run {', '.join(run.planned)} once more."
        elif run.differences:
            what = f"changes the database: {describe_changes(run.differences)}."
        if what:
            yield Finding(
                path=evidence.history.location / "env.py",
                object=f"from {describe_start(run.start)}",
                what=f"from {describe_start(run.start)}, a second `upgrade head` {what}",
                do=f"rehearsal run --checks U9 --keep{evidence.config_option}   "
                "(again, and the database stays for a look)",
            )
            return


@check(
    "U10",
    "every transaction mode ends in one schema",
    why="a deploy that is one revision behind runs other transactions than one that is ten "
    "behind: what works in one mode only fails for somebody.",
    remedy="Do not use an enum value in the transaction that adds it; make an enum type in one "
    "revision alone; put what must not run in a transaction into an autocommit_block.",
    source="Alembic manual, EnvironmentContext.configure: transaction_per_migration; "
    "PostgreSQL manual, ALTER TYPE",
    needs=(OtherModeUpgrades,),
    is_blocking=True,
    yields_to=("U1", "U2"),
)
def one_schema_in_every_mode(evidence: Evidence) -> Iterator[Finding]:
    """One command or several, one transaction or one per migration: the result is the same."""
    told: set[str] = set()
    for way in evidence.fact(OtherModeUpgrades).upgrades:
        for finding in _mode_findings(evidence, way, evidence.upgrades[way.start]):
            if finding.revision not in told:
                told.add(finding.revision)
                yield finding


@check(
    "U11",
    "a revision that looks first can run again",
    severity=Severity.WARNING,
    why="it looks because databases differ; where it still fails or changes something on a "
    "database that has its change, it does not look for all that it makes.",
    remedy="Guard every change of the revision, or none.",
    source="the upgrade is run a second time, and the schemas before and after it are compared",
    needs=(Stairway,),
    applies_to=lambda revision: revision.inspects_database,
)
def can_run_again(evidence: Evidence) -> Iterator[Finding]:
    """An introspection-based upgrade does nothing on a schema that has its change already."""
    told: set[str] = set()
    for stair in evidence.fact(Stairway).round_trips:
        revision = evidence.history.find(stair.revision)
        if (
            revision is None
            or stair.revision in told
            or not (stair.repeat_failure or stair.repeat_differences)
        ):
            continue
        told.add(stair.revision)
        failure = stair.repeat_failure
        yield Finding(
            path=revision.path,
            line=failure.line if failure and failure.path == revision.path else 1,
            revision=stair.revision,
            what="run again on a schema that has its change, the upgrade "
            + (
                f"fails: {failure.full_message}"
                if failure
                else f"changes it: {describe_changes(stair.repeat_differences)}."
            ),
            do=guard_advice(failure, stair.repeat_differences),
        )


@check(
    "U12",
    "transaction_per_migration takes effect",
    severity=Severity.WARNING,
    why="Alembic leaves a transaction alone that it finds open: all revisions run in that one, a "
    "failing one undoes those before it, the locks of the first last to the end, and where env.py "
    "does not commit it, nothing is kept.",
    remedy="Set what the session needs by `connect_args`, in the URL's `options` or in a `connect` "
    "event; or commit before `context.configure`.",
    source="measured: a SELECT or SET before `configure` makes SQLAlchemy begin a transaction; "
    "Alembic manual, EnvironmentContext.configure: transaction_per_migration",
    needs=(OtherModeUpgrades,),
    uses=(UpgradeFromEmpty, UpgradeFromSnapshot),
    whole_history=True,
)
def transaction_mode_takes_effect(evidence: Evidence) -> Iterator[Finding]:
    """Where env.py asks for a transaction for each migration, none is open around them all."""
    for walked in evidence.upgrades.values():
        if walked.transaction_per_migration and walked.transaction_begun_by:
            yield Finding(
                path=evidence.history.location / "env.py",
                what="transaction_per_migration has no effect: before `context.configure` "
                f"{_one_line(walked.transaction_begun_by)!r} begins a transaction, which lasts to the end.",
                do="connection.commit()   (right before context.configure)\n"
                'connect_args={"options": "-c lock_timeout=5s"}   (in create_engine, for a SET)',
            )
            return


def _one_line(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _mode_findings(
    evidence: Evidence, other: OtherModeUpgrade, own: UpgradeRun
) -> Iterator[Finding]:
    """What differs from env.py's own way; where that did not get to head, U1 or U2 tells."""
    failure = other.upgrade.failure
    lead = f"with {other.mode}, from {describe_start(other.start)}, "
    if own.failure is not None or not evidence.history.is_at_head(own.heads):
        return
    if failure is not None:
        revision = evidence.history.find(failure.revision)
        yield Finding(
            path=failure.path
            or (revision.path if revision else evidence.history.location / "env.py"),
            line=failure.line,
            revision=failure.revision,
            what=f"{lead}{failure.failed_step}{failure.full_message}",
            do=_remedy(evidence, other.mode),
        )
    elif other.differences:
        yield Finding(
            path=evidence.history.location / "env.py",
            object=str(other.mode),
            what=f"{lead}the schema ends otherwise: {describe_differences(other.differences)}.",
            do=_remedy(evidence, other.mode),
        )


def _remedy(evidence: Evidence, mode: WalkMode) -> str:
    """What shows it, on a database of a rehearsal."""
    if mode is WalkMode.COMMAND_PER_MIGRATION:
        return f"rehearsal run --checks U10 --keep{evidence.config_option}   (again, to look at it)"
    return "transaction_per_migration=True   (in context.configure of env.py, for a try)"


CHECKS = (
    second_upgrade_is_idle,
    one_schema_in_every_mode,
    can_run_again,
    transaction_mode_takes_effect,
)
