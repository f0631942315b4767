"""The story of drift: a database against its history, and against the models at head.

A living database is only read.  What is done to it, upgrades and cures, is done to copies of
its schema on a throwaway server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alembic_rehearsal.building.builder import Builder, open_builder
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.drift.fix import write_fix
from alembic_rehearsal.drift.models import find_model_drift
from alembic_rehearsal.drift.subject import Subject, expect_known_subject, read_subject
from alembic_rehearsal.drift.values import DatabaseAtHead, Drift, FixDirection
from alembic_rehearsal.snapshot.values import Snapshot

Tell = Callable[[str], None]


def find_drift(
    against: str,
    project: Project,
    settings: Settings,
    *,
    rights: bool = False,
    fix: FixDirection | None = None,
    tell: Tell,
) -> Drift:
    """Compare a database with what its project makes; with `fix`, write what ends the drift.

    `against` is a URL or the path of a snapshot.  Raises `Refused` for a database without a
    revision, and for one that the history lacks; `HistoryDoesNotLoad`; `ToolFailed` where the
    history cannot be built up to there.
    """
    found = read_subject(against, settings.version_table)
    tell(f"{found.name} at {', '.join(found.revisions)}")
    with open_builder(project, settings, found.needs, tell=tell) as builder:
        expect_known_subject(found, builder.history)
        drift = _compare_with_history(found, builder, rights, tell)
        at = _bring_to_head(found, builder, drift, tell)
        drift = replace(drift, models=find_model_drift(builder, found.snapshot, at))
        if fix is not None:
            tell(f"writing what brings the {fix} to the other")
            drift = replace(drift, fix=write_fix(builder, found.snapshot, at, fix))
    return drift


# --- the history at the revision that it claims


def _compare_with_history(found: Subject, builder: Builder, rights: bool, tell: Tell) -> Drift:
    tell(f"building the history at {', '.join(found.revisions)}")
    first = builder.read_schema(builder.build_at(*found.revisions))
    second, note = _read_picture(found, builder)
    differences = compare(first, second, rights=rights)
    history = builder.history
    known = history.up_to(found.revisions)
    return Drift(
        database=found.name,
        revisions=found.revisions,
        pending=tuple(each.id for each in history.revisions if each.id not in known),
        heads=history.heads,
        server=f"PostgreSQL {builder.server.version} ({builder.server.origin})",
        note=note,
        differences=tuple(each for each in differences if each.change is not Change.UNREAD),
        not_compared=tuple(
            _not_compared(each) for each in differences if each.change is Change.UNREAD
        ),
    )


def _not_compared(difference: Difference) -> str:
    return difference.text


def _read_picture(found: Subject, builder: Builder) -> tuple[Picture, str]:
    """The database as it stands, or its schema restored where the majors differ."""
    if found.database is not None and found.database.server.major == builder.server.major:
        return builder.read_schema(found.database), ""
    if found.snapshot is None:
        raise ToolFailed(
            f"{found.name} is PostgreSQL {found.needs.major}, of which there is no server here, "
            "and its schema cannot be taken to another one.",
            why=found.unreadable,
        )
    return builder.read_schema(builder.restore(found.snapshot)), _major_note(found, builder.server)


def _major_note(found: Subject, server: Server) -> str:
    if found.needs.major in (None, server.major):
        return ""
    return (
        f"no server of PostgreSQL {found.needs.major} is here: the schema was restored on "
        f"{server.major}, and compared there."
    )


# --- head


def _bring_to_head(found: Subject, builder: Builder, drift: Drift, tell: Tell) -> DatabaseAtHead:
    """The database's schema with all that is pending, or why it is not there."""
    if found.snapshot is None:
        return DatabaseAtHead(None, found.unreadable)
    if builder.history.competing_heads:
        return DatabaseAtHead(
            None, f"the history has {len(drift.heads)} heads: {', '.join(drift.heads)}"
        )
    if drift.pending:
        tell(f"running {len(drift.pending)} pending on its schema")
    return _restore_and_upgrade(builder, found.snapshot, drift.heads)


def _restore_and_upgrade(
    builder: Builder, snapshot: Snapshot, heads: tuple[str, ...]
) -> DatabaseAtHead:
    database = builder.restore(snapshot)
    try:
        builder.upgrade(database, *heads)
    except (ToolFailed, UsageError) as error:
        return DatabaseAtHead(None, error.what)
    return DatabaseAtHead(database)
