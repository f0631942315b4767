"""`rehearsal-init` as a deployment runs it, on projects that a test has written."""

from __future__ import annotations

import subprocess
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support import preloaded
from support.cli import REHEARSAL, TIMEOUT, plain_environment, rehearsal
from support.projects import rev

INIT = str(Path(REHEARSAL).with_name("rehearsal-init"))
ORDERS = rev("a1", 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))')
TOTAL = rev("b2", 'op.add_column("orders", sa.Column("total", sa.Integer))', doc="total")
# What these two make, in SQL.
MADE = (
    "CREATE TABLE orders (id serial PRIMARY KEY)",
    "ALTER TABLE orders ADD COLUMN total integer",
)


def locked(folder: Path) -> Path:
    done = rehearsal("lock", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


def init(folder: Path, database: Database, *options: str) -> subprocess.CompletedProcess[str]:
    return preloaded.run(
        "alembic_rehearsal.cli.rehearsal_init:main",
        [INIT, *options],
        cwd=folder,
        env={**plain_environment(), "DATABASE_URL": database.url()},
        timeout=TIMEOUT,
    )


def execute(database: Database, *statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


def stamp_of(database: Database) -> list[str]:
    return [row[0] for row in fetch_rows(database, "SELECT version_num FROM alembic_version")]
