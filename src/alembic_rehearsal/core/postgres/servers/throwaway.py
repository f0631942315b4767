"""A server for one rehearsal: owned by this process, and gone with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from alembic_rehearsal.core.postgres.servers.by_url import server_from_url
from alembic_rehearsal.core.postgres.servers.parity import Tell, parity_note
from alembic_rehearsal.core.postgres.servers.sources import Search
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer


def discard_progress(_: str) -> None:
    """Say nothing."""


@contextmanager
def throwaway_server(
    choice: str, wanted: ServerNeeds, *, tell: Tell = discard_progress, disposable: bool = False
) -> Iterator[Server]:
    """A server that is as much like production's as can be had here.

    `choice` is "auto", "local", "embedded", "docker" or a URL.  Parity comes first: of
    the servers that run production's major and have its extensions the fastest is taken;
    where there is none, the nearest newer major, and `Server.note` says so.  `tell` is
    given a line for what takes long or was tried in vain.

    Nothing of the server is left after success, exception, Ctrl-C or `kill -9`.  A server
    given by URL is only lent: it must be `disposable`, and is left running.

    Raises `NoServer` listing each place looked at, `WrongServer` where none of those found
    can hold production's schema, `Usage` as `server_from_url` does.
    """
    if "://" in choice:
        server = server_from_url(choice, disposable=disposable)
        yield replace(server, note=parity_note(server.major, server.origin, wanted))
        return
    with ExitStack() as stack:
        yield _start_first(Search(choice, wanted), stack, tell)


def _start_first(search: Search, stack: ExitStack, tell: Tell) -> Server:
    for source in search.sources():
        try:
            server = stack.enter_context(source.open_throwaway(tell))
        except NoServer as error:
            search.record_failure(source, error)
            tell(f"{source.offer.origin} could not be started: {error.what}")
        else:
            note = parity_note(server.major, server.origin, search.wanted)
            return replace(server, note=note)
    raise search.no_server_error()
