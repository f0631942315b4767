"""`rehearsal drift`: compare a database with its history, and with the models at head.

A live database is only read.  Upgrades and corrective revisions run on copies of its schema
on a throwaway server.
"""

from __future__ import annotations

from dataclasses import replace

from alembic_rehearsal.building.builder import Builder, open_builder
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.drift.at_head import DatabaseAtHead, read_at_head
from alembic_rehearsal.drift.fix import write_fix
from alembic_rehearsal.drift.models import find_model_drift
from alembic_rehearsal.drift.subject import Subject, expect_known_subject, read_subject
from alembic_rehearsal.drift.values import Drift, FixDirection


def find_drift(
    against: str,
    project: Project,
    settings: Settings,
    *,
    rights: bool = False,
    fix: FixDirection | None = None,
    tell: Tell,
) -> Drift:
    """Compare a database with its project; with `fix`, write a revision that ends the drift.

    `against` is a URL or the path of a snapshot.  `rights` compares owners and grants as well.
    Raises `Refused` for a database without a revision, for a revision that the history does
    not contain; `HistoryDoesNotLoad`; and `ToolFailed` where the history cannot be built to the
    database's revision.
    """
    found = read_subject(against, settings.version_table)
    tell(f"{found.name} at {', '.join(found.revisions)}")
    with open_builder(project, settings, found.needs, tell=tell) as builder:
        expect_known_subject(found, builder.history)
        tell(f"building the history at {', '.join(found.revisions)}")
        stamped = builder.build_at(*found.revisions)
        subject = _comparable_database(found, builder)
        drift = _compare_with_history(found, builder, stamped, subject, rights=rights)
        at_head = _bring_to_head(found, builder, subject, drift, tell)
        drift = replace(drift, models=find_model_drift(builder, at_head))
        if fix is not None:
            tell(f"writing a revision that changes the {fix}")
            made = None if drift.pending else stamped
            drift = replace(drift, fix=write_fix(builder, at_head, fix, history_at_head=made))
    return drift


# --- at the revision that the database is stamped with


def _compare_with_history(
    found: Subject, builder: Builder, stamped: Database, subject: Database, *, rights: bool
) -> Drift:
    """`stamped` is what the history has built at the database's revisions."""
    differences = compare(builder.read_schema(stamped), builder.read_schema(subject), rights=rights)
    history = builder.history
    known = history.up_to(found.revisions)
    return Drift(
        database=found.name,
        revisions=found.revisions,
        pending=tuple(each.id for each in history.revisions if each.id not in known),
        heads=history.heads,
        server=f"PostgreSQL {builder.server.version} ({builder.server.origin})",
        note=_major_note(found, builder.server),
        differences=tuple(each for each in differences if each.change is not Change.UNREAD),
        not_compared=tuple(each.text for each in differences if each.change is Change.UNREAD),
    )


def _comparable_database(found: Subject, builder: Builder) -> Database:
    """The live database, or its schema restored where the major versions differ.

    Raises `ToolFailed` where the schema of such a database could not be read.
    """
    if found.database is not None and found.database.server.major == builder.server.major:
        return found.database
    if found.snapshot is None:
        raise ToolFailed(
            f"{found.name} is PostgreSQL {found.needs.major}, there is no server of this major "
            "version here, and its schema cannot be restored on another one.",
            why=found.unreadable,
        )
    return builder.restore(found.snapshot)


def _major_note(found: Subject, server: Server) -> str:
    if found.needs.major in (None, server.major):
        return ""
    return (
        f"no server of PostgreSQL {found.needs.major} is here: the schema was restored on "
        f"{server.major}, and compared there."
    )


# --- at head


def _bring_to_head(
    found: Subject, builder: Builder, subject: Database, drift: Drift, tell: Tell
) -> DatabaseAtHead | str:
    """The database's schema with all pending revisions, or why it cannot be brought there."""
    snapshot = found.snapshot
    if snapshot is None:
        return found.unreadable
    if builder.history.competing_heads:
        return f"the history has {len(drift.heads)} heads: {', '.join(drift.heads)}"
    if drift.pending:
        tell(f"running {len(drift.pending)} pending on its schema")

    def upgrade(restored: Database) -> Database:
        builder.upgrade(restored, *drift.heads)
        return restored

    def rebuild() -> Database:
        return upgrade(builder.restore(snapshot))

    try:
        made = rebuild() if subject == found.database else upgrade(subject)
    except (ToolFailed, UsageError) as error:
        return error.what
    return read_at_head(builder, made, rebuild)
