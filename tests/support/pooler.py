"""A minimal pooler: its clients share one session of a server, one transaction at a time.

It answers a client's login itself.  Of the protocol it knows where a message ends and whether
a transaction is open.  PgBouncer works so in its pool mode `transaction`; like PgBouncer, this
pooler gives a client a process number that is not the server's.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from alembic_rehearsal.core.values.databases import Database

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


@contextmanager
def lent_by_transaction(database: Database) -> Iterator[Database]:
    """The same database through a pooler; its server needs a socket with `trust` authentication."""
    lending = threading.Lock()
    session = _Session(database)
    with socket.create_server(("127.0.0.1", 0)) as listening, session.stream:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=_serve, args=(client, session, lending)).start()

        threading.Thread(target=serve, daemon=True).start()
        port = listening.getsockname()[1]
        yield Database(replace(database.server, port=port, socket=""), database.name)
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


class _Session:
    """The only session that the pooler has on the server."""

    def __init__(self, database: Database) -> None:
        server = database.server
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.connect(f"{server.socket}/.s.PGSQL.{server.port}")
        words = b"user\0" + server.user.encode() + b"\0database\0" + database.name.encode()
        body = struct.pack("!i", 196608) + words + b"\0\0"
        self.stream.sendall(struct.pack("!i", len(body) + 4) + body)
        while (message := _message(self.stream))[:1] != b"Z":
            assert message[:1] != b"E", message

    def ask(self, question: bytes, tell: Callable[[bytes], object]) -> bool:
        """Pass on a message, and its answers to `tell`; whether a transaction is open then."""
        self.stream.sendall(question)
        while True:
            answer = _message(self.stream)
            tell(answer)
            if answer[:1] == b"Z":
                return answer[5:6] != b"I"


def _serve(client: socket.socket, session: _Session, lending: threading.Lock) -> None:
    with client, suppress(EOFError, OSError):
        _greet(client)
        held = False
        try:
            while (question := _message(client))[:1] != b"X":
                if not held:
                    held = lending.acquire()
                if not session.ask(question, client.sendall):
                    held = lending.release() or False
        finally:
            if held:
                session.ask(b"Q" + struct.pack("!i", 13) + b"ROLLBACK\0", bytes)
                lending.release()


def _greet(client: socket.socket) -> None:
    """Accept a client without encryption and password, and send what a server sends at login."""
    while True:
        (length,) = struct.unpack("!i", _exactly(client, 4))
        (code,) = struct.unpack("!i", _exactly(client, length - 4)[:4])
        if code not in (SSL_REQUEST, GSS_REQUEST):
            break
        client.sendall(b"N")
    settings = {"server_version": "18.0", "client_encoding": "UTF8", "DateStyle": "ISO, MDY"}
    settings |= {"standard_conforming_strings": "on", "integer_datetimes": "on"}
    messages = [(b"R", struct.pack("!i", 0)), (b"K", struct.pack("!ii", 999_999_999, 1))]
    messages += [(b"S", f"{name}\0{value}\0".encode()) for name, value in settings.items()]
    for kind, body in [*messages, (b"Z", b"I")]:
        client.sendall(kind + struct.pack("!i", len(body) + 4) + body)


def _message(stream: socket.socket) -> bytes:
    head = _exactly(stream, 5)
    return head + _exactly(stream, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(stream: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = stream.recv(length)
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
