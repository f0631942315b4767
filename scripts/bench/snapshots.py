"""A snapshot taken, scanned and verified, beside pg_dump of the same database."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from pictures import fill
from timing import median, row

from alembic_rehearsal.core.postgres.databases import create_database
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from alembic_rehearsal.snapshot.restore import restore
from alembic_rehearsal.snapshot.secrets import find_suspicions

TABLES = 2000
LIMIT_SECONDS, LIMIT_MIB = 10, 300
# In a fresh process, as `pictures.py` does it; pg_dump's own peak is larger than that of the
# process that starts it, so that what it inherits does not show.
MEASURE = """
import pickle, re, resource, sys
from pathlib import Path
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
database = pickle.load(sys.stdin.buffer)
read_live_snapshot(database, Path("unwritten.sql"))
own = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def snapshots(runs: int) -> None:
    """Of many tables: the aim is ten seconds and 300 MiB."""
    few = min(runs, 3)
    path = Path("unwritten.sql")
    with throwaway_server("embedded", ServerNeeds()) as server:
        database = create_database(server, "snapshots")
        fill(database, TABLES)
        dumped = median(lambda: dump_schema(database), few)
        whole = median(lambda: read_live_snapshot(database, path), few)
        row(f"snapshot of {TABLES} tables", whole, few, dumped, "pg_dump --schema-only")
        own, child = peaks(database)
        print(f"  peak memory: {own:.0f} MiB, and pg_dump's {child:.0f} MiB")
        snapshot = read_live_snapshot(database, path)
        print(f"  its text: {len(snapshot.sql) / 2**20:.1f} MiB")
        row("  looked through for secrets", median(lambda: find_suspicions(snapshot.sql), few), few)
        empty = iter([create_database(server, f"restored_{number}") for number in range(few)])
        row("  restored", median(lambda: restore(snapshot, next(empty)), few), few)
        row("  rehearsal snapshot take, the whole command", command(database, few), few)
        reached = whole < LIMIT_SECONDS and own + child < LIMIT_MIB
        print(f"  aim {LIMIT_SECONDS} s, {LIMIT_MIB} MiB: {'reached' if reached else 'missed'}")


def peaks(database: Database) -> tuple[float, float]:
    """The peaks in MiB of a process that takes a snapshot, and of its pg_dump."""
    asked = [sys.executable, "-c", MEASURE]
    given = pickle.dumps(database)
    said = subprocess.run(asked, input=given, check=True, capture_output=True).stdout
    own, child = map(int, said.split())
    return own / 1024, child / 1024


def command(database: Database, runs: int) -> float:
    """The median of the command as people type it, interpreter and files included."""
    program = Path(sys.executable).with_name("rehearsal")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
        take = [program, "snapshot", "take", "--from", database.url("")]
        return median(
            lambda: subprocess.run(take, cwd=folder, check=True, capture_output=True), runs
        )
