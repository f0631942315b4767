"""The throwaway server of one rehearsal: owned by this process, and gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from alembic_rehearsal.core.postgres.servers.by_url import server_from_url
from alembic_rehearsal.core.postgres.servers.choose import Search
from alembic_rehearsal.core.postgres.servers.parity import ServerSource, parity_note
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.progress import Tell


def discard_progress(_: str) -> None:
    """A `tell` that prints nothing."""


@contextmanager
def throwaway_server(
    choice: str, wanted: ServerNeeds, *, tell: Tell = discard_progress, disposable: bool = False
) -> Iterator[Server]:
    """The server of this machine that is closest to production's.

    `choice` is "auto", "local", "embedded", "docker" or a URL.  Parity comes first: of
    the servers with production's major and extensions the fastest is taken; if there is none,
    the nearest newer major, and `Server.note` says so.  `tell` gets a line for what takes long
    and for each source that does not start.

    Nothing of the server is left after success, exception, Ctrl-C or `kill -9`.  A server
    given by URL must be `disposable`, and is left running.

    Raises `NoServer`, which lists each place searched, `WrongServer` when no server found can
    hold production's schema, and what `server_from_url` raises.
    """
    if "://" in choice:
        server = server_from_url(choice, disposable=disposable)
        yield replace(server, note=parity_note(server.major, server.origin, wanted))
        return
    with ExitStack() as stack:

        def start(source: ServerSource) -> Server:
            return stack.enter_context(source.open_throwaway(tell))

        server = Search(choice, wanted).start_first(start, tell)
        yield replace(server, note=parity_note(server.major, server.origin, wanted))
