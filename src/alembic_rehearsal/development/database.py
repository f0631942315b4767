"""The development database of a checkout: its name, and the server that holds it.

The server is the checkout's own, or one that the settings lend; what is in the database
is not known here.
"""

from __future__ import annotations

import os
import platform
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.databases import (
    MARK,
    create,
    drop,
    exists,
    mark,
    marker,
    rename,
    unique_name,
)
from alembic_rehearsal.core.postgres.programs.folders import locked
from alembic_rehearsal.core.postgres.servers.by_url import given_server
from alembic_rehearsal.core.postgres.servers.development import (
    development_server,
    make_home,
    running_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Needs, Server
from alembic_rehearsal.core.values.errors import NoServer, Refused, WrongServer
from alembic_rehearsal.core.values.urls import mask

PURPOSE = "development"  # the name as well, on a server of the checkout's own
UNFINISHED = "unfinished"  # the purpose of one that is being filled
Tell = Callable[[str], None]


def is_lent(settings: Settings) -> bool:
    """Whether the settings give the server by URL: it is there for others too."""
    return "://" in settings.server


def name_of(settings: Settings) -> str:
    """The database's name; on a lent server no two checkouts of any machine share one."""
    if not is_lent(settings):
        return PURPOSE
    folder = settings.folder.resolve()
    words = re.sub(r"[^a-z0-9]+", "_", folder.name.lower()).strip("_")[:30]
    place = os.fsencode(platform.node()) + b" " + os.fsencode(folder)
    return f"{PURPOSE}_{words}_{zlib.crc32(place):08x}"


def started(settings: Settings, needs: Needs, tell: Tell) -> Database:
    """The database, its server started and itself made where they were not; maybe empty.

    Raises `Refused` where somebody else made a database of this name.
    """
    server = _server(settings, needs, tell)
    database = Database(server, name_of(settings))
    tell(f"{database.masked} on PostgreSQL {server.version} ({server.origin})")
    if server.note:
        tell(server.note)
    if not exists(server, database.name):
        return _made(database)
    if marker(database) is None:
        moved_aside = f'ALTER DATABASE "{database.name}" RENAME TO ...;   (there)'
        raise Refused(
            f"{database.masked} was not made by this tool, so nothing is done to it.",
            ways_out=("rehearsal reset" if server.ours else moved_aside,),
        )
    return database


@contextmanager
def being_filled(database: Database) -> Iterator[None]:
    """What the block puts in there counts when it has come to its end: see `emptied`."""
    mark(database, UNFINISHED)
    yield
    mark(database, PURPOSE)


def emptied(database: Database) -> Database:
    """The database as it is; made anew where what filled it has not come to its end."""
    if marker(database) != f"{MARK} {UNFINISHED}":
        return database
    drop(database)
    return _made(database)


def running(settings: Settings) -> Database:
    """The database as it stands; starts and makes nothing.

    Raises `NoServer` where its server does not run, or has no such database yet.
    """
    if is_lent(settings):
        server: Server | None = given_server(settings.server, disposable=settings.disposable)
    else:
        server = running_development_server(_home(settings))
    if server is None:
        raise NoServer(
            f"no development Postgres is running for {settings.folder}.",
            ways_out=("make migrate   (starts it, and brings it to head)", "make up"),
        )
    database = Database(server, name_of(settings))
    if not exists(server, database.name):
        raise NoServer(
            f"{database.masked} does not exist yet.",
            ways_out=("make migrate   (makes it, and brings it to head)",),
        )
    return database


def stopped(settings: Settings) -> str:
    """Stop the server, keeping its data; what came of it, in words."""
    if stop_development_server(_home(settings)):
        return "stopped"
    if is_lent(settings):
        return f"{mask(settings.server)} is a server given by URL, and is left running"
    return "no development Postgres was running"


def cleared(settings: Settings, needs: Needs, tell: Tell) -> None:
    """Drop the database, or the whole server where it cannot serve any more.

    A lent server is not ours to make anew: what is wrong with it is raised.
    """
    try:
        drop(Database(_server(settings, needs, tell), name_of(settings)))
    except (NoServer, Refused, WrongServer) as error:
        if is_lent(settings):
            raise
        tell(f"{error.what} Making the server anew.")
        stop_development_server(_home(settings), erase=True)


@contextmanager
def alone(settings: Settings, tell: Tell) -> Iterator[None]:
    """One command of a checkout at a time makes, fills, migrates or drops the database."""
    home = _home(settings)
    make_home(home)
    with locked(
        home / "migrating.lock", when_waiting=lambda: tell("waiting for another migrate to end")
    ):
        yield


def _made(database: Database) -> Database:
    # Killed in between, it would have the name and no mark, and never be touched again.
    unnamed = create(database.server, unique_name(PURPOSE), purpose=PURPOSE)
    return rename(unnamed, database.name)


def _server(settings: Settings, needs: Needs, tell: Tell) -> Server:
    return development_server(
        settings.server, needs, _home(settings), tell=tell, disposable=settings.disposable
    )


def _home(settings: Settings) -> Path:
    return settings.folder / ".rehearsal"
