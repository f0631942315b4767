"""Throwaway servers and clones, each against the least work that has the same result."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg2
from timing import CHECKOUT, median, median_until, row

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import create_database, drop_database, seal_template
from alembic_rehearsal.core.postgres.programs.account import server_account
from alembic_rehearsal.core.postgres.programs.clusters import cached_cluster
from alembic_rehearsal.core.postgres.programs.folders import cache_folder, throwaway_path
from alembic_rehearsal.core.postgres.programs.installations import Installation, find_in_wheels
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.restore import restore


def servers(runs: int) -> None:
    """A throwaway server from nothing and from the cached cluster, and the floor of the latter."""
    programs = embedded()
    cached = cached_cluster(programs, server_account(), cache_folder())

    def forgotten() -> None:
        shutil.rmtree(cached.parent)
        started()

    def started() -> None:
        with throwaway_server("embedded", ServerNeeds()):
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
        template = create_database(server, "production")
        restore(snapshot, template)
        seal_template(template)

        def own() -> Database:
            return create_database(server, "own", template=template)

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
                drop_database(made)
    floor = statistics.median(times[bare])
    row("clone of the sample's schema", statistics.median(times[own]), runs * 3, floor, "bare SQL")


def embedded() -> Installation:
    return next(place.found for place in find_in_wheels() if place.found is not None)


def bare_server(programs: Installation, cluster: Path) -> float:
    """Copy a cluster and start it as directly as possible; return when it answered."""
    account = server_account()
    folder = throwaway_path(account)
    folder.mkdir(mode=0o700)
    account.chown(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        subprocess.run(["cp", "-a", str(cluster), str(folder / "data")], check=True)
        account.chown(folder / "data")
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
