"""Reaching and making a database that others reach and make at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import database_exists, read_marker
from alembic_rehearsal.core.values.databases import Database, DatabaseOptions, Server
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer
from alembic_rehearsal.deploy.server import create_if_missing, wait_for_server

T = TypeVar("T")
COPIES = 8


def at_once(*tasks: Callable[[], T]) -> list[T]:
    """The results of tasks that start at the same moment, each in a thread."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_of_eight_creators_one_creates_and_the_others_go_on(absent: Database) -> None:
    found = at_once(*[lambda: create_if_missing(absent)] * COPIES)
    assert sorted(found) == [False] * (COPIES - 1) + [True]
    assert database_exists(absent.server, absent.name)
    assert read_marker(absent) is None


def test_whoever_looks_while_it_is_created_finds_it_or_not_but_no_error(absent: Database) -> None:
    def look() -> list[bool]:
        seen = [False]
        while not seen[-1]:
            seen.append(wait_for_server(absent, wait=0.0, tell=lambda line: None).exists)
        return seen

    def create() -> list[bool]:
        return [create_if_missing(absent)]

    *looks, created = at_once(*[look] * 3, create)
    assert created == [True]
    assert all(each[-1] for each in looks)


def test_a_database_that_lets_nobody_in_is_not_taken_for_a_missing_one(absent: Database) -> None:
    create_if_missing(absent)
    name = sql.Identifier(absent.name)
    with connect(Database(absent.server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
    with pytest.raises(NoServer) as refused:
        wait_for_server(absent, wait=30.0, tell=lambda line: None)
    assert "not currently accepting connections" in refused.value.why


def test_the_version_of_the_server_is_filled_in(absent: Database, server: Server) -> None:
    unknown = Database(
        Server(server.host, server.port, server.user, server.password, "", "--url"), absent.name
    )
    found = wait_for_server(unknown, wait=0.0, tell=lambda line: None)
    assert not found.exists
    assert found.database.server.major == server.major


def test_a_template_that_is_in_use_is_waited_for_and_then_named(absent: Database) -> None:
    with (
        connect(Database(absent.server, "template1")),
        pytest.raises(LockTimeout, match="could not be created") as waited,
    ):
        create_if_missing(absent, patience=0.0)
    assert "template1" in waited.value.why
    assert not database_exists(absent.server, absent.name)
    assert create_if_missing(absent)


def test_it_is_the_template_of_the_settings_that_is_named(
    absent: Database, empty_database: Database
) -> None:
    template = DatabaseOptions(template=empty_database.name)
    with connect(empty_database), pytest.raises(LockTimeout) as waited:
        create_if_missing(absent, template, patience=0.0)
    assert f"{empty_database.name}, which it is copied from, is in use." in waited.value.why
    assert "template1" not in waited.value.why
