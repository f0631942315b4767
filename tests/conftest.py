"""What every test may ask for: a real server of its own worker, databases on it, and more servers.

Nothing is started for a test that does not ask.  A server takes about 0.1 s, so each
pytest-xdist worker has one.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.project import interpreter
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from everyday import is_everyday
from support import preloaded
from support.databases import scratch

MakeServer = Callable[..., Server]

# A shell starts what runs in its background with SIGINT ignored, and every command that a
# test starts would inherit that: Ctrl-C would reach none of them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Where it is set, every interpreter that a test starts would compile SQLAlchemy anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for each in items:
        if not is_everyday(each.nodeid):
            each.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def forked_children() -> Iterator[None]:
    """The child in a project's interpreter does not import Alembic anew for every test."""
    with preloaded.children_are_forked():
        yield


@pytest.fixture
def new_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of an interpreter's start and end: each child is started as everywhere else."""
    monkeypatch.setattr(interpreter, "subprocess", subprocess)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A throwaway server; superuser, on 127.0.0.1."""
    with throwaway_server("auto", ServerNeeds()) as server:
        yield server


@pytest.fixture
def empty_database(server: Server) -> Iterator[Database]:
    """A marked, empty database for one test."""
    with scratch(server, "test") as database:
        yield database


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    """More servers for one test: `make_server("local", Needs(15), log_connections="on")`.

    Keywords are settings that a reload is enough for.
    """
    with ExitStack() as stack:

        def make(
            choice: str = "auto", wanted: ServerNeeds | None = None, **settings: str
        ) -> Server:
            server = stack.enter_context(throwaway_server(choice, wanted or ServerNeeds()))
            configure(server, settings)
            return server

        yield make


def configure(server: Server, settings: dict[str, str]) -> None:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(
                sql.SQL("ALTER SYSTEM SET {} = %s").format(sql.Identifier(name)), [value]
            )
        cursor.execute("SELECT pg_reload_conf()")


@pytest.fixture
def read_log() -> Callable[[Server], str]:
    """A function that reads the log of a local throwaway server."""

    def read(server: Server) -> str:
        query = "SELECT pg_read_file(current_setting('data_directory') || '/../log')"
        with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            ((text,),) = cursor.fetchall()
            return str(text)

    return read
