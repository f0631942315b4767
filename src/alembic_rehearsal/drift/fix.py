"""A corrective revision: written into the project, and proven on clones.

It follows head: the database (its schema with all pending revisions) and the history are
compared there.  A step that Postgres refuses is removed again and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from alembic_rehearsal.authoring.plan import plan_changes
from alembic_rehearsal.authoring.render import revision_text
from alembic_rehearsal.authoring.steps import ChangePlan, without_refused_step
from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.history import read_loaded_history
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.project.upgrade import open_walk
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused, ToolFailed
from alembic_rehearsal.drift.at_head import DatabaseAtHead, read_at_head
from alembic_rehearsal.drift.values import Fix, FixDirection

_MESSAGES = {
    FixDirection.DATABASE: "bring drifted databases back to the history",
    FixDirection.HISTORY: "adopt what was done by hand",
}
_NO_WAY_BACK = (
    "upgrade() removes what was never part of the history: below this revision, too, the "
    "schema is the one that the history makes."
)
_OTHER = {FixDirection.DATABASE: "history", FixDirection.HISTORY: "database"}


@dataclass(frozen=True, slots=True)
class _SchemaPair:
    """Both schemas at head, before the corrective revision."""

    direction: FixDirection
    database: DatabaseAtHead
    history: DatabaseAtHead

    @property
    def source(self) -> Picture:
        return self.source_and_target(self.database.picture, self.history.picture)[0]

    @property
    def target(self) -> Picture:
        return self.source_and_target(self.database.picture, self.history.picture)[1]

    def source_and_target(self, database: Picture, history: Picture) -> tuple[Picture, Picture]:
        """The schema that the revision changes, and the one that it changes it into."""
        if self.direction is FixDirection.DATABASE:
            return database, history
        return history, database


def write_fix(
    builder: Builder,
    at_head: DatabaseAtHead | str,
    direction: FixDirection,
    *,
    history_at_head: Database | None = None,
) -> Fix:
    """Write the revision, prove it, and name the differences that it leaves.

    `at_head` has the database's schema, or says why there is none.  `history_at_head` is what
    the history has built, None where it was not built to head yet.  No difference: nothing is
    written.

    Raises `Refused` where there is no schema at head to start from, and `ToolFailed` where the
    revision does not run and none of its statements is to blame.
    """
    if isinstance(at_head, str):
        raise Refused(
            f"no corrective revision was written: {at_head}.",
            why="it follows head, so the database must get there first.",
        )
    heads = builder.history.heads
    rebuild = partial(builder.build_at, *heads)
    history = read_at_head(builder, history_at_head or rebuild(), rebuild)
    ends = _SchemaPair(direction, at_head, history)
    if not _real_differences(ends.source, ends.target):
        return Fix(direction, None, proven=("at head the database is what the history makes",))
    if len(heads) != 1:
        raise Refused(f"no corrective revision was written: it cannot follow {len(heads)} heads.")
    return _write_until_proven(builder, ends, heads[0])


def _write_until_proven(builder: Builder, ends: _SchemaPair, head: str) -> Fix:
    """Write and prove the revision; each attempt leaves out one more step that Postgres refused."""
    up = plan_changes(ends.source, ends.target)
    down = None
    if ends.direction is FixDirection.HISTORY:
        down = plan_changes(ends.target, ends.source).as_downgrade_of(up)
    while up.steps:
        path = _write_revision(builder, ends.direction, head, up, down)
        try:
            return _prove(builder, ends, path, up)
        except StepFailed as stopped:
            path.unlink()
            up, down = _without_failed_step(stopped.failure, up, down)
        except BaseException:
            path.unlink()
            raise
    return Fix(ends.direction, None, unexpressed=tuple(each.text for each in up.unexpressed))


def _write_revision(
    builder: Builder, direction: FixDirection, head: str, up: ChangePlan, down: ChangePlan | None
) -> Path:
    text = revision_text(up, down, reason=_NO_WAY_BACK)
    return builder.child.write_revision(
        head,
        _MESSAGES[direction],
        upgrades=text.upgrades,
        downgrades=text.downgrades,
        below=text.below,
    )


def _without_failed_step(
    failure: Failure, up: ChangePlan, down: ChangePlan | None
) -> tuple[ChangePlan, ChangePlan | None]:
    """Both plans without the step that failed; raises `ToolFailed` where neither has that step."""
    for is_down, each in enumerate((up, down)):
        rest = without_refused_step(each, failure.statement, failure.message) if each else None
        if rest is not None:
            return (up, rest) if is_down else (rest, down)
    raise ToolFailed(
        f"the corrective revision does not run: {failure.message}", why=failure.statement
    )


# --- the proof


def _prove(builder: Builder, ends: _SchemaPair, path: Path, up: ChangePlan) -> Fix:
    """Run it on the database's schema and on the history's, and compare both."""
    with _reopen_project(builder) as again:
        (new,) = again.history.heads
        database, history = ends.database.clone(), ends.history.clone()
        _upgrade_to(again, database, new)
        _upgrade_to(again, history, new)
        first, second = builder.read_schema(database), builder.read_schema(history)
        proven = [*_prove_equal(first, second)]
        proven += _prove_second_run(again, {"database": database, "history": history}, new)
        proven += _prove_untouched(first, second, ends)
        if ends.direction is FixDirection.HISTORY:
            proven += _prove_downgrade(again, history, new, ends)
    done = tuple(dict.fromkeys(each.difference for each in up.steps))
    unexpressed = _all_unexpressed(up, _real_differences(*ends.source_and_target(first, second)))
    return Fix(ends.direction, path, done, up.warnings, unexpressed, tuple(proven))


def _all_unexpressed(up: ChangePlan, left: list[str]) -> tuple[str, ...]:
    """Differences that the plan does not express, and those found after it has run."""
    known = [each.difference for each in up.unexpressed]
    found = [each for each in left if not any(each in text for text in known)]
    more = (f"{each}: this remains after all statements" for each in found)
    return (*(each.text for each in up.unexpressed), *more)


@contextmanager
def _reopen_project(builder: Builder) -> Iterator[Builder]:
    """The same server, and the project with its new revision."""
    with open_project(builder.project) as child:
        yield replace(builder, child=child, history=read_loaded_history(child))


def _upgrade_to(builder: Builder, database: Database, revision: str) -> None:
    """Upgrade to the revision; raises `StepFailed` as it is, because the caller reads it."""
    with open_walk(builder.child, database) as walk:
        for each in walk.plan(revision):
            walk.up(each)


def _real_differences(first: Picture, second: Picture) -> list[str]:
    return [each.text for each in compare(first, second) if each.real]


def _prove_equal(first: Picture, second: Picture) -> Iterator[str]:
    left = len(_real_differences(first, second))
    many = f"{left} differences are" if left > 1 else f"{left or 'no'} difference is"
    yield f"on clones of both, upgraded to it: {many} left between database and history"


def _prove_second_run(
    builder: Builder, databases: dict[str, Database], revision: str
) -> Iterator[str]:
    """Run it a second time on both; raises `ToolFailed` where that changes anything."""
    for name, database in databases.items():
        before = builder.read_schema(database)
        with open_walk(builder.child, database) as walk:
            walk.rerun_upgrade(revision)
        if changed := _real_differences(before, builder.read_schema(database)):
            raise ToolFailed(
                f"a second run of the corrective revision changes {name}: {changed[0]}."
            )
    yield "a second run changes nothing"


def _prove_untouched(first: Picture, second: Picture, ends: _SchemaPair) -> Iterator[str]:
    """The side that was right already must be unchanged."""
    if not _real_differences(ends.target, ends.source_and_target(first, second)[1]):
        yield f"on the {_OTHER[ends.direction]}, which is right already, it changes nothing"


def _prove_downgrade(
    builder: Builder, database: Database, revision: str, ends: _SchemaPair
) -> Iterator[str]:
    try:
        with open_walk(builder.child, database) as walk:
            walk.down(revision)
    except StepFailed as stopped:
        if stopped.failure.kind == "NotImplementedError":
            yield "its downgrade raises NotImplementedError: there is no way back"
            return
        raise
    if not _real_differences(ends.source, builder.read_schema(database)):
        yield "its downgrade restores the history's schema"
