"""A relay to a server that breaks the connection after a given number of bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from alembic_rehearsal.core.values.databases import Database


@contextmanager
def breaking_off(database: Database, *, after: int) -> Iterator[Database]:
    """The same database; after `after` bytes from the server every connection fails for good."""
    server = database.server
    sockets: list[socket.socket] = []
    left = after

    def gone() -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def carry(source: socket.socket, to: socket.socket, counted: bool) -> None:
        nonlocal left
        with suppress(OSError):
            while part := source.recv(4096):
                to.sendall(part)
                left -= len(part) if counted else 0
                if left < 0:
                    gone()
        with suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while left >= 0:
                client, _ = listening.accept()
                there = socket.create_connection((server.host, server.port))
                sockets.extend((client, there))
                for ends in ((client, there, False), (there, client, True)):
                    threading.Thread(target=carry, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        sockets.append(listening)
        threading.Thread(target=serve, daemon=True).start()
        port = listening.getsockname()[1]
        yield Database(replace(server, port=port, socket=""), database.name)
        gone()
        for each in sockets:
            each.close()
