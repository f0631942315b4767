"""Walks of a test's project, and the tables that they leave."""

from __future__ import annotations

from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from support.sql import ask


def tables(database: Database) -> set[object]:
    """The names of the tables in the schema public, read over a second connection."""
    found = ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found}


def run_all(walk: Walk) -> None:
    """Run every pending revision."""
    for revision in walk.plan():
        walk.up(revision)


def upgrade(project: Project, database: Database) -> None:
    """One walk with every pending revision."""
    with open_project(project) as child, child.walk(database) as walk:
        run_all(walk)
