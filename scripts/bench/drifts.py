"""`rehearsal drift`, against the same by hand: dump both schemas and compare the texts."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from generated import write_project
from timing import median, row

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import create_database
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.snapshot.pg_dump import dump_schema

TABLES = 100
REHEARSAL = Path(sys.executable).with_name("rehearsal")
ALEMBIC = Path(sys.executable).with_name("alembic")
BY_HAND = """
    CREATE INDEX by_hand ON t1 (n);
    ALTER TABLE t2 ADD by_hand text;
    ALTER TABLE t3 ALTER n SET DEFAULT 7;
    ALTER TABLE t4 DROP CONSTRAINT ck_t4;
    CREATE FUNCTION by_hand() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


def drifts(runs: int) -> None:
    """One `rehearsal drift`, against pg_dump and a text diff on the same database."""
    few = min(runs, 5)
    with (
        tempfile.TemporaryDirectory() as folder,
        throwaway_server("embedded", ServerNeeds()) as server,
    ):
        Path(folder).chmod(0o755)
        config = write_project(Path(folder), 4 * TABLES)
        drifted, reference = (
            create_database(server, "drifted"),
            create_database(server, "reference"),
        )
        for each in (drifted, reference):
            upgrade(config, each)
        with connect(drifted) as connection:
            connection.cursor().execute(BY_HAND)
        texts = median(lambda: text_diff(drifted, reference), runs)
        seen = median(
            lambda: compare(read_database_picture(drifted), read_database_picture(reference)), runs
        )
        dumps = "pg_dump twice and a text diff"
        row(f"two pictures of {TABLES} tables compared", seen, runs, texts, dumps)
        numbers = iter(range(few))
        by_hand = median(lambda: by_dumps(config, drifted, next(numbers)), few)
        whole = median(lambda: drift(config, drifted), few)
        row(
            f"rehearsal drift, {4 * TABLES} revisions",
            whole,
            few,
            by_hand,
            f"alembic upgrade, {dumps}",
        )


def drift(config: Path, database: Database) -> None:
    """The whole command; it finds drift, so its exit code is 1."""
    command: list[str | Path] = [REHEARSAL, "drift", "--against", "BENCH_URL", "--config", config]
    done = run(command, config.parent, BENCH_URL=database.url(driver=""))
    assert done.returncode == 1, done.stderr
    assert "5 real" in done.stdout, done.stdout


def by_dumps(config: Path, database: Database, number: int) -> None:
    """A new database brought to head, both dumped, and the texts compared."""
    fresh = create_database(database.server, f"fresh_{number}")
    upgrade(config, fresh)
    text_diff(database, fresh)


def text_diff(first: Database, second: Database) -> list[str]:
    texts = [dump_schema(each).splitlines() for each in (first, second)]
    found = list(difflib.unified_diff(*texts, lineterm=""))
    assert found
    return found


def upgrade(config: Path, database: Database) -> None:
    command: list[str | Path] = [ALEMBIC, "-c", config, "upgrade", "head"]
    done = run(command, config.parent, DATABASE_URL=database.url())
    assert done.returncode == 0, done.stderr


def run(
    command: list[str | Path], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
