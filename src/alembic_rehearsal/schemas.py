"""Any schema, looked at or compared: a database's, a snapshot's, a revision's, the models'.

A living database is only read; everything else is built on a throwaway server first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.connecting import connect
from alembic_rehearsal.databases import database_maker
from alembic_rehearsal.difference import Difference
from alembic_rehearsal.drive import climb, walking
from alembic_rehearsal.errors import ActBroke, Usage
from alembic_rehearsal.history import read_history
from alembic_rehearsal.ladder import MakeDatabase
from alembic_rehearsal.lineages import lineages
from alembic_rehearsal.picture import Key, Picture
from alembic_rehearsal.project.host import Child, StepFailed, Walk, open_project
from alembic_rehearsal.restoring import restore
from alembic_rehearsal.schema.compare import compare
from alembic_rehearsal.schema.reading import picture_of
from alembic_rehearsal.servers import given_database, throwaway_server
from alembic_rehearsal.settings import Settings, did_you_mean
from alembic_rehearsal.snapshots import read_snapshot, wanted
from alembic_rehearsal.stamps import find_version_table
from alembic_rehearsal.words import Database, Needs, Project, Server, Snapshot

MODELS = "models"
Tell = Callable[[str], None]
# A database, a snapshot, or the name of what the project can build: models or a revision.
Source = Database | Snapshot | str


def show(text: str, project: Project, settings: Settings, *, tell: Tell) -> Picture:
    """The schema that `text` means: a URL, a snapshot (`*.sql`), `models`, or a revision.

    Raises `Usage` for a snapshot that does not exist, `NoServer` for a database that
    cannot be reached, and `ActBroke` where the revision or the models cannot be built.
    """
    with _databases((text,), project, settings, tell) as (database,):
        return picture_of(database)


def diff(
    texts: tuple[str, str], project: Project, settings: Settings, *, rights: bool, tell: Tell
) -> tuple[Difference, ...]:
    """What two schemas do not agree on, seen from the first to the second.

    `rights` takes owners, grants and default privileges in.  Models know nothing of
    Alembic's version table, so it is left out beside them.

    Raises what `show` does, and `DifferentMajors` where a living database's major cannot
    be had for the other one.
    """
    with _databases(texts, project, settings, tell) as databases:
        first, second = (
            _without_version_table(each) if MODELS in texts else picture_of(each)
            for each in databases
        )
    return compare(first, second, rights=rights)


@contextmanager
def _databases(
    texts: tuple[str, ...], project: Project, settings: Settings, tell: Tell
) -> Iterator[tuple[Database, ...]]:
    """A database for each text; those that had to be built are gone afterwards."""
    sources = tuple(_source(text) for text in texts)
    living = tuple(each for each in sources if isinstance(each, Database))
    for each in living:
        tell(f"{each.masked} on PostgreSQL {each.server.version}")
    if len(living) == len(sources):
        yield living
        return
    snapshots = [each for each in sources if isinstance(each, Snapshot)]
    newest = max(snapshots, key=lambda each: each.needs.major or 0, default=None)
    majors = [each.server.major for each in living]
    needs = wanted(settings.postgres or max(majors, default=None), newest)
    with (
        throwaway_server(
            settings.server, needs, disposable=settings.disposable, tell=tell
        ) as server,
        open_project(project) as child,
        _maker(server, settings, needs, child if _are_built(sources) else None) as make,
    ):
        tell(f"PostgreSQL {server.version} ({server.origin})")
        yield tuple(
            each if isinstance(each, Database) else _built(each, make("schema"), child)
            for each in sources
        )


def _are_built(sources: tuple[Source, ...]) -> bool:
    """Whether the project itself builds all of them."""
    return all(isinstance(each, str) for each in sources)


def _maker(
    server: Server, settings: Settings, needs: Needs, child: Child | None
) -> AbstractContextManager[MakeDatabase]:
    """What makes databases; where `child` builds two, none meets the other's roles."""
    if child is None or not server.throwaway:
        return database_maker(server)
    if not any(each.cluster_wide for each in read_history(child).revisions):
        return database_maker(server)
    return lineages(server, lambda: throwaway_server(settings.server, needs), _nothing_to_refill)


def _nothing_to_refill(template: Database, _: Database) -> None:
    raise AssertionError(f"{template.name}: schemas are never cloned")


def _source(text: str) -> Source:
    if "://" in text:
        return given_database(text)
    return read_snapshot(Path(text)) if text.endswith(".sql") else text


def _built(source: Snapshot | str, database: Database, child: Child) -> Database:
    if isinstance(source, Snapshot):
        restore(source, database)
        return database
    try:
        with walking(child, database) as walk:
            if source != MODELS:
                _check_destination(walk, source, child)
                climb(walk, [], lambda step: None, destination=source)
            elif walk.opened.has_target_metadata:
                walk.build()
            else:
                raise Usage("env.py gives Alembic no target_metadata: there are no models.")
    except StepFailed as stopped:
        raise ActBroke(f"{source} cannot be built: {stopped.what}", why=stopped.why) from stopped
    return database


def _check_destination(walk: Walk, text: str, child: Child) -> None:
    """Raise `Usage` for what Alembic knows no way to: mistyped, most likely."""
    try:
        walk.plan(text)
    except StepFailed as stopped:
        known = (MODELS, "head", *(each.id for each in child.history().revisions))
        raise Usage(
            f"{text!r} is no URL, no snapshot, not models, and no revision of this history"
            f"{did_you_mean(text, known)}.",
            why=stopped.what,
        ) from stopped


def _without_version_table(database: Database) -> Picture:
    picture = picture_of(database)
    with connect(database) as connection:
        table = Key("table", find_version_table(connection) or "")
    kept = {key: thing for key, thing in picture.things.items() if table not in (key, thing.parent)}
    return replace(picture, things=kept)
