"""One throwaway server per database: its contents, and when it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.postgres.databases import read_marker
from alembic_rehearsal.core.postgres.server_per_database import (
    ServerPerDatabase,
    server_per_database,
)
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.postgres.shared_catalogs import count_shared_changes, role_names
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.rehearsal.experiments.full_downgrade import FULL_DOWNGRADE
from alembic_rehearsal.rehearsal.experiments.stairway import STAIRWAY
from alembic_rehearsal.rehearsal.experiments.transaction_modes import OTHER_MODE_UPGRADES
from alembic_rehearsal.rehearsal.experiments.upgrade import RESTORED_SNAPSHOT, UPGRADE_FROM_EMPTY
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.runner.scheduler import run_experiments
from support.experiments import open_context
from support.projects import rev, table, write_project


@dataclass
class Servers:
    """Opens servers; counts those that run now, and the most that ran at once."""

    now: int = 0
    most: int = 0
    lock: Lock = field(default_factory=Lock)

    @contextmanager
    def open(self) -> Iterator[Server]:
        with throwaway_server("auto", ServerNeeds()) as server:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                yield server
            finally:
                with self.lock:
                    self.now -= 1


def execute(database: Database, *statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def make(servers: Servers) -> Iterator[ServerPerDatabase]:
    def as_production(template: Database, database: Database) -> None:
        execute(database, "CREATE TABLE of_production ()")

    with servers.open() as server, server_per_database(server, servers.open, as_production) as make:
        yield make
    assert servers.now == 0


def test_each_database_has_a_server_of_its_own_and_the_first_uses_the_rehearsals(
    make: ServerPerDatabase,
) -> None:
    made = [make("one"), make("two"), make("three")]
    assert made[0].server == make.server
    assert len({each.server.port for each in made}) == 3
    for each in made:
        execute(each, "CREATE ROLE reporting")
        assert read_marker(each)


def test_a_clone_of_production_is_made_by_restoring_it_again(make: ServerPerDatabase) -> None:
    production = make("production")
    clone = make("from_snapshot", production)
    assert clone.server != production.server
    assert fetch_rows(clone, "SELECT to_regclass('of_production')::text") == [("of_production",)]


def test_a_server_stops_when_its_database_is_discarded(
    make: ServerPerDatabase, servers: Servers
) -> None:
    make("first")
    database = make("second")
    assert servers.now == 2
    make.discard(database)
    assert (servers.now, len(make.databases)) == (1, 1)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(database.url("").replace("+psycopg2", ""), connect_timeout=2)


def test_a_database_that_cannot_be_filled_leaves_no_server(servers: Servers) -> None:
    def broken(template: Database, database: Database) -> None:
        execute(database, "no sql")

    with servers.open() as server, server_per_database(server, servers.open, broken) as make:
        production = make("production")
        with pytest.raises(psycopg2.errors.SyntaxError):
            make("from_snapshot", production)
        assert (servers.now, make.databases) == (1, [production])


def test_a_long_history_of_broken_downgrades_has_few_servers_at_once(
    tmp_path: Path, servers: Servers
) -> None:
    revisions = [
        table("r0", "t"),
        *(
            rev(
                f"r{number}",
                f"op.execute('CREATE ROLE role_{number}')",
                f"op.execute('DROP ROLE roll_{number}')",
            )
            for number in range(1, 13)
        ),
    ]
    project = write_project(tmp_path, revisions)
    with servers.open() as server:
        maker = server_per_database(server, servers.open, lambda template, database: None)
        with open_context(project, maker) as (context, evidence):
            done = run_experiments(
                (
                    UPGRADE_FROM_EMPTY,
                    RESTORED_SNAPSHOT,
                    STAIRWAY,
                    FULL_DOWNGRADE,
                    OTHER_MODE_UPGRADES,
                ),
                context,
                evidence,
            )
    round_trips = done.evidence.facts[Stairway].round_trips
    assert sum(each.downgrade_failure is not None for each in round_trips) == 12
    assert servers.most <= 8


# --- what a server shares, counted -------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE ROLE reporting",),
        ("CREATE ROLE reporting", "DROP ROLE reporting"),
        ("BEGIN", "CREATE ROLE reporting", "ROLLBACK"),
        ("DO $$BEGIN EXECUTE 'CREATE ' || 'ROLE reporting'; END$$",),
        ("ALTER ROLE postgres CONNECTION LIMIT 50",),
        ("GRANT pg_read_all_data TO pg_monitor",),
    ],
    ids=lambda statements: statements[-1],
)
def test_every_change_of_shared_catalogs_is_counted(
    make_server: Callable[[], Server], statements: tuple[str, ...]
) -> None:
    server = make_server()
    before = count_shared_changes(server)
    execute(Database(server, "postgres"), *statements)
    assert count_shared_changes(server) > before


def test_changes_inside_a_database_are_not_counted(
    make_server: Callable[[], Server],
) -> None:
    server = make_server()
    before = count_shared_changes(server)
    execute(
        Database(server, "postgres"),
        "CREATE TABLE t (id int)",
        "GRANT SELECT ON t TO public",
        "CREATE DATABASE other",
        "COMMENT ON DATABASE other IS 'other'",
        "ALTER DATABASE other SET work_mem = '8MB'",
        "DROP DATABASE other",
    )
    assert count_shared_changes(server) == before


def test_role_names_lists_the_roles_of_a_server(make_server: Callable[[], Server]) -> None:
    server = make_server()
    before = role_names(server)
    execute(Database(server, "postgres"), 'CREATE ROLE "Two words"')
    assert role_names(server) - before == {"Two words"}
