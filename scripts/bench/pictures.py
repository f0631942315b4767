"""A schema read as a whole and after one change, beside pg_dump of the same database."""

from __future__ import annotations

import pickle
import statistics
import subprocess
import sys

from timing import median, row, timed

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import create_database
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.snapshot.pg_dump import dump_schema

# Of a fresh process, since memory that was once asked for stays with the one that asked.
# Not ru_maxrss: a new program inherits the peak of the process that started it (Linux).
MEASURE = """
import pickle, re, sys
from pathlib import Path
from alembic_rehearsal.core.schema.read import read_database_picture
database = pickle.load(sys.stdin.buffer)
picture = read_database_picture(database) if database else None
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def pictures(runs: int) -> None:
    """A schema read as a whole and after one change, against pg_dump of the same database."""
    with throwaway_server("embedded", ServerNeeds()) as server:
        for tables in (20, 200, 2000):
            database = create_database(server, f"tables_{tables}")
            fill(database, tables)
            few = min(runs, 3) if tables == 2000 else runs
            dumped = median(lambda database=database: dump_schema(database), few)
            whole = median(lambda database=database: read_database_picture(database), few)
            row(f"picture of {tables} tables", whole, few, dumped, "pg_dump --schema-only")
            seen = [read_database_picture(database), read_database_picture(database)]
            compared = median(lambda seen=seen: compare(*seen), few)
            row("  compared with an equal one", compared, few)
            alone, peak = memory(), memory(database)
            print(f"  peak memory: {peak:.0f} MiB, {alone:.0f} of them before it connects")
            again, bare = after_one_change(database, runs * 3)
            row("  after one change", again, runs * 3)
            row("  floor of that: SELECT 1", bare, runs * 3)


def fill(database: Database, tables: int) -> None:
    """Tables with a serial key, a text, a check, an index, and a foreign key to the one before."""
    with connect(database) as connection, connection.cursor() as cursor:
        for number in range(tables):
            before = max(number - 1, 0)
            cursor.execute(
                f"CREATE TABLE t{number} (id serial PRIMARY KEY, name text NOT NULL DEFAULT '',"
                f" amount int CHECK (amount > 0), before int REFERENCES t{before});"
                f"CREATE INDEX ON t{number} (name) WHERE amount > 10"
            )


def memory(database: Database | None = None) -> float:
    """The peak in MiB of a process that takes one picture, or that only could."""
    given = pickle.dumps(database)
    asked = [sys.executable, "-c", MEASURE]
    said = subprocess.run(asked, input=given, check=True, capture_output=True).stdout
    return int(said) / 1024


def after_one_change(database: Database, runs: int) -> tuple[float, float]:
    """The median of a camera's next picture after a new column, and of a bare SELECT 1."""
    with read_only_session(database) as ask, connect(database) as connection:
        reader = IncrementalReader(ask, ask.transaction)
        reader.read_picture()
        seen, bare = [], []
        for number in range(runs):
            connection.cursor().execute(f"ALTER TABLE t1 ADD COLUMN more{number} int")
            bare.append(timed(lambda: connection.cursor().execute("SELECT 1")))
            seen.append(timed(reader.read_picture))
    return statistics.median(seen), statistics.median(bare)
