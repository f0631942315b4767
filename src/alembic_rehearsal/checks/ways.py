"""Family U, second half: the same upgrade in other modes, and run once more."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.checks.check import check
from alembic_rehearsal.checks.telling import listed, started
from alembic_rehearsal.facts import (
    FromEmpty,
    FromSnapshot,
    OtherWay,
    OtherWays,
    Scene,
    SecondRuns,
    Stairway,
    Walked,
)
from alembic_rehearsal.words import Failure, Finding, Severity, Start


@check(
    "U9",
    "a second upgrade changes nothing",
    why="deploys run `alembic upgrade head` again and again; what runs twice may fail the second "
    "time, or change a schema that nobody migrated.",
    cure="Leave in env.py what configures, and move what makes objects into a revision.",
    source="Alembic manual, Tutorial: Running our First Migration",
    needs=(SecondRuns,),
    whole=True,
)
def second_run(scene: Scene) -> Iterator[Finding]:
    """On a database at head `alembic upgrade head` finds nothing to do and does nothing."""
    for run in scene.fact(SecondRuns).runs:
        what = ""
        if run.failure is not None:
            what = f"fails: {run.failure.said}"
        elif run.planned:
            what = f"would run {', '.join(run.planned)} once more."
        elif run.differences:
            what = f"changes the schema: {listed(run.differences)}."
        if what:
            yield Finding(
                path=scene.history.location / "env.py",
                object=f"from {started(run.start)}",
                what=f"from {started(run.start)}, a second `upgrade head` {what}",
                do="alembic current && alembic upgrade head   (on a database at head)",
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
)
def one_schema_in_every_mode(scene: Scene) -> Iterator[Finding]:
    """One command or several, one transaction or one per migration: the result is the same."""
    told: set[str] = set()
    for way in scene.fact(OtherWays).ways:
        kind = FromEmpty if way.start is Start.EMPTY else FromSnapshot
        own: Walked = scene.facts[kind].walked
        for finding in _mode(scene, way, own):
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
    source="measured: a second run of its upgrade on the schema that it had made",
    needs=(Stairway,),
)
def can_run_again(scene: Scene) -> Iterator[Finding]:
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
            + (f"fails: {failure.said}" if failure else f"changes: {listed(stair.more)}."),
            do="look for each object before it is made",
        )


def _mode(scene: Scene, way: OtherWay, own: Walked) -> Iterator[Finding]:
    failure, owns = way.walked.failure, own.failure
    if failure is not None and (owns is None or owns.revision != failure.revision):
        yield _failed(scene, failure, f"with {way.mode}, from {started(way.start)}, ")
    elif owns is not None and failure is None:
        yield _failed(scene, owns, f"fails as env.py runs it and works with {way.mode}: ")
    elif way.differences:
        yield Finding(
            path=scene.history.location / "env.py",
            object=str(way.mode),
            what=f"with {way.mode}, from {started(way.start)}, the schema ends otherwise: "
            f"{listed(way.differences)}.",
            do="alembic upgrade +1   (once for each pending revision, on a fresh database)",
        )


def _failed(scene: Scene, failure: Failure, lead: str) -> Finding:
    revision = scene.history.find(failure.revision)
    return Finding(
        path=failure.path or (revision.path if revision else scene.history.location / "env.py"),
        line=failure.line,
        revision=failure.revision,
        what=f"{lead}upgrade of {failure.revision} fails: {failure.said}",
        do="alembic upgrade +1   (once for each pending revision, on a fresh database)",
    )


CHECKS = (second_run, one_schema_in_every_mode, can_run_again)
