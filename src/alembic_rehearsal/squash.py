"""The story of a squash: what production has passed becomes one revision, which is proven first.

The new history is tried beside the project; only when every proof holds do files change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alembic_rehearsal.baseline import (
    beside,
    bounds_of,
    expect_committed,
    in_place,
    path_of,
    source_of,
    statements_for,
)
from alembic_rehearsal.building import Builder, building
from alembic_rehearsal.errors import Refused
from alembic_rehearsal.history import read_history, read_sound_history
from alembic_rehearsal.project.host import open_project
from alembic_rehearsal.proving import Proving
from alembic_rehearsal.settings import Settings
from alembic_rehearsal.snapshots import expect_way_up, read_snapshot, wanted
from alembic_rehearsal.squashes import Bounds, Squash
from alembic_rehearsal.words import Database, Project, Snapshot

Tell = Callable[[str], None]


def squash(project: Project, settings: Settings, to: str, *, dry_run: bool, tell: Tell) -> Squash:
    """Replace the revisions up to `to` by a baseline, once it is proven; say what was done.

    With `dry_run`, or where a proof fails, no file is written.  Databases at `to` and later
    go on as they are: the baseline keeps the id.

    Raises `Usage` where `to` names no revision or several; `Refused` where there is no
    snapshot, production has not passed `to`, something newer stands on what is below it, the
    history does not begin with an empty database, or git lacks what would be removed.
    """
    snapshot = _production(settings)
    _expect_from_empty(settings)
    whole = replace(project, target="heads")  # the other branches' revisions are in those folders
    needs = wanted(settings.postgres, snapshot)
    with building(whole, settings, needs, tell=tell) as old:
        history = read_sound_history(old.child)
        expect_way_up(snapshot, history)
        bounds = bounds_of(history, to, snapshot)
        if bounds.is_idle:
            return Squash(bounds)
        if not dry_run:
            expect_committed(bounds)  # before anybody waits for proofs
        tell(f"building {bounds.to.id} from {len(bounds.squashed)} revisions")
        source = old.at(bounds.to.id)
        statements = statements_for(source)
        text = source_of(bounds, statements)
        proving = _proven(old, bounds, text, source, snapshot, tell)
        found = Squash(
            bounds,
            path_of(bounds),
            len(statements),
            proving.rows,
            tuple(proving.proofs),
            tuple(sorted({name for _, name in proving.varying})),
            proving.orders,
        )
    if dry_run or not found.holds:
        return found
    aside = in_place(bounds, text, is_committed=expect_committed(bounds))
    removed = tuple(each.path for each in bounds.squashed)
    waived = _waived(settings, bounds)
    return replace(found, removed=removed, aside=aside, waived=waived, is_done=True)


def _waived(settings: Settings, bounds: Bounds) -> tuple[str, ...]:
    gone = {each.id for each in bounds.squashed} - {bounds.to.id}
    return tuple(dict.fromkeys(each.revision for each in settings.waive if each.revision in gone))


def _production(settings: Settings) -> Snapshot:
    if settings.snapshot is None:
        raise Refused(
            "there is no snapshot, so nobody knows which revisions production has passed.",
            why="a database that has not passed all of them could not be upgraded any more.",
            ways_out=("rehearsal snapshot take --from URL",),
        )
    return read_snapshot(settings.snapshot)


def _expect_from_empty(settings: Settings) -> None:
    if not settings.replayable:
        raise Refused(
            f"{settings.source} declares the history not replayable: nothing can be proven of it "
            "from an empty database.",
            why="a baseline is what the old history builds; this one cannot build it.",
        )
    if settings.bootstrap:
        raise Refused(
            f"{settings.source} has a bootstrap, which an empty database gets before its first "
            "migration.",
            why="what it makes would be in the baseline as well, and be made twice.",
        )


def _proven(
    old: Builder, bounds: Bounds, text: str, source: Database, snapshot: Snapshot, tell: Tell
) -> Proving:
    """The proofs, held with the new history beside the project."""
    with beside(bounds, text) as folders:
        project = replace(old.project, versions=folders)
        with open_project(project) as child:
            read_sound_history(child)
            new = replace(old, project=project, child=child, history=read_history(child))
            expect_way_up(snapshot, new.history)
            proving = Proving(old, new, tell)
            proving.prove(bounds, source, snapshot)
            return proving
