"""Reading and comparing schemas of any source: a database, a snapshot, a revision, the models.

An existing database is only read; everything else is first built on a throwaway server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.building.builder import (
    HEAD,
    MODELS,
    Builder,
    HistoryReader,
    expect_start,
    open_builder,
)
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.project.history import (
    read_history,
    read_loaded_history,
    read_sound_history,
)
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_database_picture, read_without_version_table
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs
from alembic_rehearsal.snapshot.values import Snapshot

# An existing database, a snapshot, or a name that the project can build: models or a revision.
SchemaSource = Database | Snapshot | str


def read_schema(text: str, project: Project, settings: Settings, *, tell: Tell) -> Picture:
    """The schema that `text` names: a URL, a snapshot (`*.sql`), `models`, or a revision.

    Raises `UsageError` for a snapshot that does not exist, `NoServer` for a database that
    cannot be reached, and `ToolFailed` if the revision or the models cannot be built.
    """
    with _open_databases((text,), project, settings, tell) as (database,):
        return read_database_picture(database)


def compare_schemas(
    texts: tuple[str, str], project: Project, settings: Settings, *, rights: bool, tell: Tell
) -> tuple[Difference, ...]:
    """The differences from the first schema to the second.

    With `rights`, owners, grants and default privileges count as well.  If one of the two is
    `models`, Alembic's version table is left out: models do not have it.

    Raises what `read_schema` raises, and `DifferentMajors` if the two databases run different
    majors of PostgreSQL.
    """
    with _open_databases(texts, project, settings, tell) as databases:
        first, second = (
            read_without_version_table(each, version_table=settings.version_table)
            if MODELS in texts
            else read_database_picture(each)
            for each in databases
        )
    return compare(first, second, rights=rights)


@contextmanager
def _open_databases(
    texts: tuple[str, ...], project: Project, settings: Settings, tell: Tell
) -> Iterator[tuple[Database, ...]]:
    """A database for each text; those that were built are dropped after the block."""
    sources = tuple(_parse_source(text) for text in texts)
    live = tuple(each for each in sources if isinstance(each, Database))
    for each in live:
        tell(f"{each.masked} on PostgreSQL {each.server.version}")
    if len(live) == len(sources):
        yield live
        return
    snapshots = [each for each in sources if isinstance(each, Snapshot)]
    newest = max(snapshots, key=lambda each: each.needs.major or 0, default=None)
    majors = [each.server.major for each in live]
    needs = server_needs(settings.postgres or max(majors, default=None), newest)
    are_built = [isinstance(each, str) for each in sources]
    with open_builder(
        project,
        settings,
        needs,
        tell=tell,
        separate_servers=all(are_built),
        read=_history_reader(sources, settings),
    ) as builder:
        yield tuple(_build_database(each, builder) for each in sources)


def _history_reader(sources: tuple[SchemaSource, ...], settings: Settings) -> HistoryReader:
    """A reader that raises for a history from which `sources` cannot be built."""
    texts = [each for each in sources if isinstance(each, str)]

    def read(child: Child) -> History:
        if not texts:
            return read_history(child)
        history = read_sound_history(child) if HEAD in texts else read_loaded_history(child)
        for each in texts:
            if each != MODELS:
                expect_start(settings, history, (each,))
        return history

    return read


def _parse_source(text: str) -> SchemaSource:
    if "://" in text:
        return database_from_url(text)
    return read_snapshot(Path(text)) if text.endswith(".sql") else text


def _build_database(source: SchemaSource, builder: Builder) -> Database:
    if isinstance(source, Database):
        return source
    if isinstance(source, Snapshot):
        return builder.restore(source)
    return builder.build_from_models() if source == MODELS else builder.build_at(source)
