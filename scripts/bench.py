"""How long things take on this machine: medians of several runs, as ratios where they have a peer.

`nox -s bench` runs it; `docs/performance.md` holds what was seen.  Result caches are
deleted first.  Times on a busy machine mean little; ratios of one run mean more.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2

from alembic_rehearsal.connecting import connect
from alembic_rehearsal.databases import create, drop, seal
from alembic_rehearsal.restoring import restore
from alembic_rehearsal.schema.asking import asking
from alembic_rehearsal.schema.camera import Camera
from alembic_rehearsal.schema.compare import compare
from alembic_rehearsal.schema.pg_dump import dump_schema
from alembic_rehearsal.schema.reading import picture_of
from alembic_rehearsal.servers import throwaway_server
from alembic_rehearsal.servers.account import server_account
from alembic_rehearsal.servers.clusters import cached_cluster
from alembic_rehearsal.servers.folders import cache_folder, throwaway_path
from alembic_rehearsal.servers.installations import Installation, wheels
from alembic_rehearsal.snapshots import read_snapshot
from alembic_rehearsal.words import Database, Needs

CHECKOUT = Path(__file__).resolve().parent.parent
Timed = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of what takes under a second")
    parser.add_argument(
        "--skip-cold", action="store_true", help="no clean clone: needs no registry"
    )
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; medians in seconds\n")
    print(f"{'what':<52}{'median':>8}{'runs':>6}   against")
    servers(options.runs)
    clones(options.runs)
    rehearsals(options.runs)
    pictures(options.runs)
    if not options.skip_cold:
        migrations(options.runs)


# --- what is measured --------------------------------------------------------------------


def servers(runs: int) -> None:
    """A throwaway server from nothing, from the cached cluster, and the floor for the latter."""
    programs = embedded()
    cached = cached_cluster(programs, server_account(), cache_folder())

    def forgotten() -> None:
        shutil.rmtree(cached.parent)
        started()

    def started() -> None:
        with throwaway_server("embedded", Needs()):
            ready.append(time.perf_counter())

    ready: list[float] = []
    row("server, nothing cached, start and stop", median(forgotten, 3), 3)
    floor = median_until(lambda: bare_server(programs, cached), runs)
    own = []
    for _ in range(runs):
        begun = time.perf_counter()
        started()
        own.append(ready[-1] - begun)
    row(
        "server, cached cluster, until the first query",
        statistics.median(own),
        runs,
        floor,
        "floor",
    )
    row("  floor: cp -a, postgres, psycopg2 every 2 ms", floor, runs)


def clones(runs: int) -> None:
    """A clone of the sample's schema, against CREATE DATABASE ... TEMPLATE and nothing else."""
    snapshot = read_snapshot(CHECKOUT / "snapshots/production.sql")
    with throwaway_server("embedded", snapshot.needs) as server:
        template = create(server, "production")
        restore(snapshot, template)
        seal(template)

        def own() -> Database:
            return create(server, "own", template=template)

        def bare() -> Database:
            with connect(Database(server, "postgres")) as connection:
                connection.cursor().execute(
                    "CREATE DATABASE bare TEMPLATE production STRATEGY FILE_COPY"
                )
                connection.cursor().execute("COMMENT ON DATABASE bare IS 'alembic-rehearsal bare'")
            return Database(server, "bare")

        times: dict[Callable[[], Database], list[float]] = {own: [], bare: []}
        for _ in range(runs * 3):
            for make, seen in times.items():
                begun = time.perf_counter()
                made = make()
                seen.append(time.perf_counter() - begun)
                drop(made)
    floor = statistics.median(times[bare])
    row("clone of the sample's schema", statistics.median(times[own]), runs * 3, floor, "bare SQL")


def rehearsals(runs: int) -> None:
    """`rehearsal run` on the sample, the whole command."""
    runs = min(runs, 5)
    row("rehearsal run, the sample", median(lambda: command("rehearsal", "run"), runs), runs)


def pictures(runs: int) -> None:
    """A schema read as a whole and after one change, against pg_dump of the same database."""
    with throwaway_server("embedded", Needs()) as server:
        for tables in (20, 200, 2000):
            database = create(server, f"tables_{tables}")
            fill(database, tables)
            few = min(runs, 3) if tables == 2000 else runs
            dumped = median(lambda database=database: dump_schema(database), few)
            whole = median(lambda database=database: picture_of(database), few)
            row(f"picture of {tables} tables", whole, few, dumped, "pg_dump --schema-only")
            seen = [picture_of(database), picture_of(database)]
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


# Of a fresh process, since memory that was once asked for stays with the one that asked.
# Not ru_maxrss: a new program inherits the peak of the process that started it (Linux).
MEASURE = """
import pickle, re, sys
from pathlib import Path
from alembic_rehearsal.schema.reading import picture_of
database = pickle.load(sys.stdin.buffer)
picture = picture_of(database) if database else None
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def memory(database: Database | None = None) -> float:
    """The peak in MiB of a process that takes one picture, or that only could."""
    given = pickle.dumps(database)
    asked = [sys.executable, "-c", MEASURE]
    said = subprocess.run(asked, input=given, check=True, capture_output=True).stdout
    return int(said) / 1024


def after_one_change(database: Database, runs: int) -> tuple[float, float]:
    """The median of a camera's next picture after a new column, and of a bare SELECT 1."""
    with asking(database) as ask, connect(database) as connection:
        camera = Camera(ask, ask.moment)
        camera.picture()
        seen, bare = [], []
        for number in range(runs):
            connection.cursor().execute(f"ALTER TABLE t1 ADD COLUMN more{number} int")
            bare.append(timed(lambda: connection.cursor().execute("SELECT 1")))
            seen.append(timed(camera.picture))
    return statistics.median(seen), statistics.median(bare)


def migrations(runs: int) -> None:
    """`make migrate` on a clean clone, cold, then warm; the package caches stay."""
    cold, warm = [], []
    for _ in range(2):
        with clean_clone() as clone:
            cold.append(timed(lambda: make(clone, "migrate")))
            warm += [timed(lambda: make(clone, "migrate")) for _ in range(min(runs, 5))]
            make(clone, "down")
    row("make migrate, clean clone", statistics.median(cold), len(cold))
    row("make migrate, nothing pending", statistics.median(warm), len(warm))


# --- how ---------------------------------------------------------------------------------


def embedded() -> Installation:
    return next(place.found for place in wheels() if place.found is not None)


def bare_server(programs: Installation, cluster: Path) -> float:
    """Copy a cluster and start it with as little as it takes; when it answered."""
    account = server_account()
    folder = throwaway_path(account)
    folder.mkdir(mode=0o700)
    account.own(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        subprocess.run(["cp", "-a", str(cluster), str(folder / "data")], check=True)
        account.own(folder / "data")
        process = subprocess.Popen(
            [programs.program("postgres"), "-D", folder / "data", "-k", folder, "-p", "5432"],
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C"},
            cwd="/",
            **account.run_as(),
        )
        stack.callback(process.wait)
        stack.callback(process.send_signal, 3)
        while True:
            try:
                psycopg2.connect(host=str(folder), user="postgres", dbname="postgres").close()
                return time.perf_counter()
            except psycopg2.OperationalError:
                time.sleep(0.002)


@contextmanager
def clean_clone() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
        yield clone


def make(folder: Path, *arguments: str) -> None:
    subprocess.run(["make", *arguments], cwd=folder, check=True, capture_output=True)


def command(name: str, *arguments: str) -> None:
    program = Path(sys.executable).parent / name
    subprocess.run([program, *arguments], cwd=CHECKOUT, check=True, capture_output=True)


def timed(work: Timed) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def median(work: Timed, runs: int) -> float:
    return statistics.median(timed(work) for _ in range(runs))


def median_until(work: Callable[[], float], runs: int) -> float:
    """The median time until the moment that `work` returns, its clearing up left out."""
    seen = []
    for _ in range(runs):
        begun = time.perf_counter()
        seen.append(work() - begun)
    return statistics.median(seen)


def row(what: str, seconds: float, runs: int, peer: float | None = None, name: str = "") -> None:
    against = f"{seconds / peer:.2f} x {name}" if peer else ""
    print(f"{what:<52}{seconds:>8.3f}{runs:>6}   {against}", flush=True)


if __name__ == "__main__":
    main()
