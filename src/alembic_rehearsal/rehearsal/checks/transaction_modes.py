"""Family U, transaction modes: the same upgrade in other modes, and run a second time."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import guard_advice
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import (
    describe_changes,
    describe_differences,
    describe_start,
    one_line,
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
    why="every deploy runs `alembic upgrade head`, also where nothing is pending: a second run "
    "that does something may fail, or change a schema or rows that no revision changes.",
    remedy="Leave only configuration in env.py, and move code that makes objects into a revision.",
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
                "(runs it again, and keeps the database)",
            )
            return


@check(
    "U10",
    "every transaction mode ends in one schema",
    why="a deploy that is one revision behind runs other transactions than one that is ten "
    "behind: a history that works in one mode only fails in some of the deploys.",
    remedy="Do not use an enum value in the transaction that adds it; create an enum type in one "
    "revision only; put what must not run in a transaction into an autocommit_block.",
    source="Alembic manual, EnvironmentContext.configure: transaction_per_migration; "
    "PostgreSQL manual, ALTER TYPE",
    needs=(OtherModeUpgrades,),
    is_blocking=True,
    yields_to=("U1", "U2"),
)
def one_schema_in_every_mode(evidence: Evidence) -> Iterator[Finding]:
    """One command or several, one transaction or one per migration: the result is the same."""
    reported: set[str] = set()
    for each in evidence.fact(OtherModeUpgrades).upgrades:
        for finding in _mode_findings(evidence, each, evidence.upgrades[each.start]):
            if finding.revision not in reported:
                reported.add(finding.revision)
                yield finding


@check(
    "U11",
    "a guarded revision can run again",
    severity=Severity.WARNING,
    why="a revision inspects the database because databases differ; where it fails or changes "
    "something on a database that has its change already, one of its operations is unguarded.",
    remedy="Guard every change of the revision, or none.",
    source="the upgrade is run a second time, and the schemas before and after it are compared",
    needs=(Stairway,),
    applies_to=lambda revision: revision.inspects_database,
)
def can_run_again(evidence: Evidence) -> Iterator[Finding]:
    """An upgrade that inspects the database does nothing on a schema that has its change."""
    reported: set[str] = set()
    for trip in evidence.fact(Stairway).round_trips:
        revision = evidence.history.find(trip.revision)
        if (
            revision is None
            or trip.revision in reported
            or not (trip.repeat_failure or trip.repeat_differences)
        ):
            continue
        reported.add(trip.revision)
        failure = trip.repeat_failure
        yield Finding(
            path=revision.path,
            line=failure.line if failure and failure.path == revision.path else 1,
            revision=trip.revision,
            what="run again on a schema that has its change, the upgrade "
            + (
                f"fails: {failure.full_message}"
                if failure
                else f"changes it: {describe_changes(trip.repeat_differences)}."
            ),
            do=guard_advice(failure, trip.repeat_differences),
        )


@check(
    "U12",
    "transaction_per_migration takes effect",
    severity=Severity.WARNING,
    why="Alembic does not end a transaction that is already open: all revisions run in that one, a "
    "failing revision undoes those before it, the locks of the first last to the end, and where "
    "env.py does not commit it, nothing is kept.",
    remedy="Set what the session needs by `connect_args`, in the URL's `options` or in a `connect` "
    "event; or commit before `context.configure`.",
    source="measured: a SELECT or SET before `configure` makes SQLAlchemy begin a transaction; "
    "Alembic manual, EnvironmentContext.configure: transaction_per_migration",
    needs=(OtherModeUpgrades,),
    uses=(UpgradeFromEmpty, UpgradeFromSnapshot),
    whole_history=True,
)
def transaction_mode_takes_effect(evidence: Evidence) -> Iterator[Finding]:
    """Where env.py sets `transaction_per_migration`, no transaction is open around them all."""
    for upgrade in evidence.upgrades.values():
        if upgrade.transaction_per_migration and upgrade.transaction_begun_by:
            statement = one_line(upgrade.transaction_begun_by, 80)
            yield Finding(
                path=evidence.history.location / "env.py",
                what="transaction_per_migration has no effect: before `context.configure` "
                f"{statement!r} begins a transaction, which lasts to the end.",
                do="connection.commit()   (right before context.configure)\n"
                'connect_args={"options": "-c lock_timeout=5s"}   (in create_engine, for a SET)',
            )
            return


def _mode_findings(
    evidence: Evidence, other: OtherModeUpgrade, own: UpgradeRun
) -> Iterator[Finding]:
    """The differences from the project's own mode, unless that fails: U1 or U2 reports it."""
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
            what=f"{lead}the result is another schema: {describe_differences(other.differences)}.",
            do=_remedy(evidence, other.mode),
        )


def _remedy(evidence: Evidence, mode: WalkMode) -> str:
    """The command or setting that shows the failure again."""
    if mode is WalkMode.COMMAND_PER_MIGRATION:
        command = f"rehearsal run --checks U10 --keep{evidence.config_option}"
        return f"{command}   (runs it again, and keeps the database)"
    return "transaction_per_migration=True   (in context.configure of env.py, to try it)"


CHECKS = (
    second_upgrade_is_idle,
    one_schema_in_every_mode,
    can_run_again,
    transaction_mode_takes_effect,
)
