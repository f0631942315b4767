"""The development database of a checkout: its name, and the server that it is on.

The server is the checkout's own, or one that the settings give by URL ("lent").  This module
does not know the contents of the database.
"""

from __future__ import annotations

import os
import platform
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.databases import (
    MARKER,
    create_database,
    database_exists,
    drop_database,
    read_marker,
    rename_database,
    set_marker,
    unique_name,
)
from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.postgres.servers.by_url import server_from_url
from alembic_rehearsal.core.postgres.servers.development import (
    find_development_server,
    make_home,
    start_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, Refused, WrongServer
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.urls import mask

PURPOSE = "development"  # also the name, on the checkout's own server
UNFINISHED = "unfinished"  # the purpose of a database that is being filled


def is_lent(settings: Settings) -> bool:
    """Whether the settings give the server by URL, so that others may use it as well."""
    return "://" in settings.server


def database_name(settings: Settings) -> str:
    """The database's name; on a lent server no two checkouts of any machine share one."""
    if not is_lent(settings):
        return PURPOSE
    folder = settings.folder.resolve()
    words = re.sub(r"[^a-z0-9]+", "_", folder.name.lower()).strip("_")[:30]
    place = os.fsencode(platform.node()) + b" " + os.fsencode(folder)
    return f"{PURPOSE}_{words}_{zlib.crc32(place):08x}"


def start_database(settings: Settings, needs: ServerNeeds, tell: Tell) -> Database:
    """The database, possibly empty; starts its server and creates it where needed.

    Raises `Refused` where the database of this name carries no marker of ours.
    """
    server = _start_server(settings, needs, tell)
    database = Database(server, database_name(settings))
    tell(f"{database.masked} on PostgreSQL {server.version} ({server.origin})")
    if server.note:
        tell(server.note)
    if not database_exists(server, database.name):
        return _create_database(database)
    if read_marker(database) is None:
        moved_aside = f'ALTER DATABASE "{database.name}" RENAME TO ...;   (there)'
        raise Refused(
            f"{database.masked} was not made by this tool, so nothing is done to it.",
            remedies=("rehearsal reset" if server.ours else moved_aside,),
        )
    return database


@contextmanager
def mark_unfinished(database: Database) -> Iterator[None]:
    """Mark the database as unfinished until the block has ended without an error.

    `recreate_if_unfinished` discards what an interrupted block has left.
    """
    set_marker(database, UNFINISHED)
    yield
    set_marker(database, PURPOSE)


def recreate_if_unfinished(database: Database) -> Database:
    """The database as it is, or a new one where the block of `mark_unfinished` did not finish."""
    if read_marker(database) != f"{MARKER} {UNFINISHED}":
        return database
    drop_database(database)
    return _create_database(database)


def find_running_database(settings: Settings) -> Database:
    """The database as it is; starts and creates nothing.

    Raises `NoServer` where its server does not run, or has no such database yet.
    """
    if is_lent(settings):
        server: Server | None = server_from_url(settings.server, disposable=settings.disposable)
    else:
        server = find_development_server(_home(settings))
    if server is None:
        raise NoServer(
            f"no development Postgres is running for {settings.folder}.",
            remedies=("make migrate   (starts it, and brings it to head)", "make up"),
        )
    database = Database(server, database_name(settings))
    if not database_exists(server, database.name):
        raise NoServer(
            f"{database.masked} does not exist yet.",
            remedies=("make migrate   (makes it, and brings it to head)",),
        )
    return database


def stop_own_server(settings: Settings) -> str:
    """Stop the server and keep its data; the result in words."""
    if stop_development_server(_home(settings)):
        return "stopped"
    if is_lent(settings):
        return f"{mask(settings.server)} is a server given by URL, and is left running"
    return "no development Postgres was running"


def drop_database_or_server(settings: Settings, needs: ServerNeeds, tell: Tell) -> None:
    """Drop the database, or the whole server where it no longer works.

    A lent server is never recreated: its errors are raised.
    """
    try:
        drop_database(Database(_start_server(settings, needs, tell), database_name(settings)))
    except (NoServer, Refused, WrongServer) as error:
        if is_lent(settings):
            raise
        tell(f"{error.what} The server is recreated.")
        stop_development_server(_home(settings), erase=True)


@contextmanager
def hold_checkout_lock(settings: Settings, tell: Tell) -> Iterator[None]:
    """Only one command of a checkout at a time creates, fills, migrates or drops the database."""
    home = _home(settings)
    make_home(home)
    with hold_file_lock(
        home / "migrating.lock", when_waiting=lambda: tell("waiting for another migrate to end")
    ):
        yield


def _create_database(database: Database) -> Database:
    # Named last: with the final name and no marker yet, it would be refused after a crash.
    unnamed = create_database(database.server, unique_name(PURPOSE), purpose=PURPOSE)
    return rename_database(unnamed, database.name)


def _start_server(settings: Settings, needs: ServerNeeds, tell: Tell) -> Server:
    return start_development_server(
        settings.server, needs, _home(settings), tell=tell, disposable=settings.disposable
    )


def _home(settings: Settings) -> Path:
    return settings.folder / ".rehearsal"
