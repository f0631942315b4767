"""Family U, offline: the SQL that `alembic upgrade --sql` prints for others to run."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import listed, started
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.offline import Deviation, Offline
from alembic_rehearsal.rehearsal.facts.upgrade import OtherWays


@check(
    "U7",
    "offline SQL does what the upgrade does",
    why="where a person runs the printed SQL on production, it stops half-way, or ends in a "
    "schema that no environment has.",
    cure="Print what the upgrade does: no `if` on offline mode around an operation, no query whose "
    'answer is needed, `literal_binds=True` and `paramstyle` "named" in env.py\'s `configure`.',
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(Offline,),
    uses=(OtherWays,),
)
def same_as_online(scene: Evidence) -> Iterator[Finding]:
    """The SQL of `alembic upgrade --sql`, run on the same start, ends as the upgrade does."""
    alone, told = _fails_alone(scene), set[str]()
    for each in scene.fact(Offline).deviations:
        is_of_u10 = not each.is_printed and each.revision in alone
        if each.revision not in told and not is_of_u10:
            told.add(each.revision)
            yield _deviation(scene, each)


@check(
    "U8",
    "revisions can be printed as SQL",
    severity=Severity.NOTE,
    why="`alembic upgrade --sql` stops there with an error of Python, and who runs the printed "
    "SQL on production has to divide the way at each of these revisions.",
    cure="Use operations that need no answer, such as `op.create_index(..., if_not_exists=True)`; "
    "or raise `alembic.util.CommandError` with a sentence where `op.get_context().as_sql`: then it "
    "is said in words, and not here.",
    source="Alembic manual, Generating SQL Scripts (a.k.a. Offline Mode)",
    needs=(Offline,),
)
def can_be_printed(scene: Evidence) -> Iterator[Finding]:
    """Every revision can be printed, or says in words that it needs a connection."""
    for each in scene.fact(Offline).unrendered:
        revision = scene.history.find(each.revision)
        if each.declared or revision is None:
            continue
        failure = each.failure
        is_own = failure.path == revision.path
        yield Finding(
            path=revision.path,
            line=failure.line if is_own else 1,
            revision=each.revision,
            what=f"without a connection {each.revision} stops with {failure.message}.",
            do=f"{scene.alembic} upgrade {_before(revision.down)}:{each.revision} --sql   "
            "(shows where)",
        )


def _fails_alone(scene: Evidence) -> set[str]:
    """The revisions that fail in another mode, whatever SQL is around them: U10 tells of those."""
    ways = scene.fact(OtherWays).ways if OtherWays in scene.facts else ()
    return {each.walked.failure.revision for each in ways if each.walked.failure is not None}


def _deviation(scene: Evidence, deviation: Deviation) -> Finding:
    revision = scene.history.find(deviation.revision)
    path = revision.path if revision else scene.history.location / "env.py"
    start = f"from {started(deviation.start)}"
    failure = deviation.failure
    whose = f"the SQL of {deviation.revision}" if revision else "the printed SQL"
    if not deviation.is_printed:
        whose = f"after the SQL of the revisions before it, the upgrade of {deviation.revision}"
    if failure is not None:
        whose = whose if revision else "what env.py prints before the first revision"
        what = f"{start}, {whose} fails: {failure.full_message}"
    else:
        ends = listed(deviation.differences, came="is new", went="is missing")
        what = f"{start}, {whose} ends otherwise than the upgrade: {ends}."
    parent = _before(revision.down) if revision else "base"
    return Finding(
        path=path,
        line=1 if revision else 0,
        revision=deviation.revision,
        object="" if revision else start,
        what=what,
        do=f"{scene.alembic} upgrade {parent}:{deviation.revision or 'heads'} --sql   (prints it)",
    )


def _before(parents: tuple[str, ...]) -> str:
    return parents[0] if parents else "base"


CHECKS = (same_as_online, can_be_printed)
