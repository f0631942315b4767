"""Projects to squash, and their files after a squash."""

from __future__ import annotations

import subprocess
from pathlib import Path

from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.upgrade import open_walk, run_pending
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from support.cli import rehearsal
from support.projects import Rev, rev, table, write_project
from support.snapshots import production

CUSTOMERS = "CREATE TABLE public.customers (id integer);"
ORDERS = "CREATE TABLE public.orders (id integer);"


def four(folder: Path, *more: Rev) -> Project:
    """A project of four revisions; production is at c3."""
    project = write_project(
        folder,
        [
            table("a1", "customers"),
            table("b2", "orders"),
            rev("c3", 'op.execute("ALTER TABLE orders ADD total int")'),
            table("d4", "bills"),
            *more,
        ],
    )
    sql = f"{CUSTOMERS}\n{ORDERS}\nALTER TABLE public.orders ADD total integer;"
    production(folder, sql, revisions=("c3",), server_version="18.1")
    return project


def squash(folder: Path, to: str, *options: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("squash", "--to", to, *options, folder=folder)


def files(folder: Path) -> dict[str, bytes]:
    """The content of every file of a project by its path, caches and git aside."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file() and "__pycache__" not in each.parts and ".git" not in each.parts
    }


def versions(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "migrations" / "versions").glob("*.py"))


def baseline(folder: Path) -> str:
    (path,) = (folder / "migrations" / "versions").glob("*_baseline.py")
    return path.read_text()


def upgraded(project: Project, database: Database, destination: str) -> None:
    with open_project(project) as child, open_walk(child, database) as walk:
        run_pending(walk, [], lambda step: None, destination=destination)
