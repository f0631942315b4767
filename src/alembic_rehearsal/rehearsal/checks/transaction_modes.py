"""Family U, second half: the same upgrade in other modes, and run once more."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.authoring.op_calls import guarding
from alembic_rehearsal.core.project.steps import UpgradeRun, WalkMode
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import apart, made, started
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.upgrade import (
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
    SecondRuns,
)


@check(
    "U9",
    "a second upgrade changes nothing",
    why="deploys run `alembic upgrade head` again and again; what runs twice may fail the second "
    "time, or change a schema or rows that nobody migrated.",
    cure="Leave in env.py what configures, and move what makes objects into a revision.",
    source="Alembic manual, Tutorial: Running our First Migration",
    needs=(SecondRuns,),
    whole=True,
)
def second_run(scene: Evidence) -> Iterator[Finding]:
    """On a database at head `alembic upgrade head` finds nothing to do and does nothing."""
    for run in scene.fact(SecondRuns).runs:
        what = ""
        if run.failure is not None:
            what = f"fails: {run.failure.full_message}"
        elif run.planned:
            what = f"would run {', '.join(run.planned)} once more."
        elif run.differences:
            what = f"changes the database: {made(run.differences)}."
        if what:
            yield Finding(
                path=scene.history.location / "env.py",
                object=f"from {started(run.start)}",
                what=f"from {started(run.start)}, a second `upgrade head` {what}",
                do=f"rehearsal run --checks U9 --keep{scene.config_option}   "
                "(again, and the database stays for a look)",
            )
            return


@check(
    "U10",
    "every transaction mode ends in one schema",
    why="a deploy that is one revision behind runs other transactions than one that is ten "
    "behind: what works in one mode only fails for somebody.",
    cure="Do not use an enum value in the transaction that adds it; make an enum type in one "
    "revision alone; put what must not run in a transaction into an autocommit_block.",
    source="Alembic manual, EnvironmentContext.configure: transaction_per_migration; "
    "PostgreSQL manual, ALTER TYPE",
    needs=(OtherWays,),
    blocks=True,
    yields_to=("U1", "U2"),
)
def one_schema_in_every_mode(scene: Evidence) -> Iterator[Finding]:
    """One command or several, one transaction or one per migration: the result is the same."""
    told: set[str] = set()
    for way in scene.fact(OtherWays).ways:
        for finding in _mode(scene, way, scene.ways_up[way.start]):
            if finding.revision not in told:
                told.add(finding.revision)
                yield finding


@check(
    "U11",
    "a revision that looks first can run again",
    severity=Severity.WARNING,
    why="it looks because databases differ; where it still fails or changes something on a "
    "database that has its change, it does not look for all that it makes.",
    cure="Guard every change of the revision, or none.",
    source="the upgrade is run a second time, and the schemas before and after it are compared",
    needs=(Stairway,),
    each=lambda revision: revision.looks,
)
def can_run_again(scene: Evidence) -> Iterator[Finding]:
    """An introspection-based upgrade does nothing on a schema that has its change already."""
    told: set[str] = set()
    for stair in scene.fact(Stairway).stairs:
        revision = scene.history.find(stair.revision)
        if revision is None or stair.revision in told or not (stair.repeat or stair.more):
            continue
        told.add(stair.revision)
        failure = stair.repeat
        yield Finding(
            path=revision.path,
            line=failure.line if failure and failure.path == revision.path else 1,
            revision=stair.revision,
            what="run again on a schema that has its change, the upgrade "
            + (f"fails: {failure.full_message}" if failure else f"changes it: {made(stair.more)}."),
            do=guarding(failure, stair.more),
        )


@check(
    "U12",
    "transaction_per_migration takes effect",
    severity=Severity.WARNING,
    why="Alembic leaves a transaction alone that it finds open: all revisions run in that one, a "
    "failing one undoes those before it, the locks of the first last to the end, and where env.py "
    "does not commit it, nothing is kept.",
    cure="Set what the session needs by `connect_args`, in the URL's `options` or in a `connect` "
    "event; or commit before `context.configure`.",
    source="measured: a SELECT or SET before `configure` makes SQLAlchemy begin a transaction; "
    "Alembic manual, EnvironmentContext.configure: transaction_per_migration",
    needs=(OtherWays,),
    uses=(FromEmpty, FromSnapshot),
    whole=True,
)
def transactions_are_their_own(scene: Evidence) -> Iterator[Finding]:
    """Where env.py asks for a transaction for each migration, none is open around them all."""
    for walked in scene.ways_up.values():
        if walked.transaction_per_migration and walked.transaction_begun_by:
            yield Finding(
                path=scene.history.location / "env.py",
                what="transaction_per_migration has no effect: before `context.configure` "
                f"{_line(walked.transaction_begun_by)!r} begins a transaction, which lasts to the end.",
                do="connection.commit()   (right before context.configure)\n"
                'connect_args={"options": "-c lock_timeout=5s"}   (in create_engine, for a SET)',
            )
            return


def _line(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _mode(scene: Evidence, way: OtherWay, own: UpgradeRun) -> Iterator[Finding]:
    """What differs from env.py's own way; where that did not get to head, U1 or U2 tells."""
    failure = way.walked.failure
    lead = f"with {way.mode}, from {started(way.start)}, "
    if own.failure is not None or not scene.history.is_at_head(own.heads):
        return
    if failure is not None:
        revision = scene.history.find(failure.revision)
        yield Finding(
            path=failure.path or (revision.path if revision else scene.history.location / "env.py"),
            line=failure.line,
            revision=failure.revision,
            what=f"{lead}{failure.failed_step}{failure.full_message}",
            do=_do(scene, way.mode),
        )
    elif way.differences:
        yield Finding(
            path=scene.history.location / "env.py",
            object=str(way.mode),
            what=f"{lead}the schema ends otherwise: {apart(way.differences)}.",
            do=_do(scene, way.mode),
        )


def _do(scene: Evidence, mode: WalkMode) -> str:
    """What shows it, on a database of a rehearsal."""
    if mode is WalkMode.COMMAND_PER_MIGRATION:
        return f"rehearsal run --checks U10 --keep{scene.config_option}   (again, to look at it)"
    return "transaction_per_migration=True   (in context.configure of env.py, for a try)"


CHECKS = (
    second_run,
    one_schema_in_every_mode,
    can_run_again,
    transactions_are_their_own,
)
