"""The second layer of the fence: an audit hook (PEP 578) for sockets, SQLite files, programs.

It sees what the drivers' wrappers do not see, and it cannot be removed.
"""

from __future__ import annotations

import os
import re
import socket
import urllib.parse
from typing import Any

from alembic_rehearsal.core.project.child.fence import Fence

_CLIENT = re.compile(
    r"psql|pg_dump|pg_dumpall|pg_restore|pg_basebackup|pg_receivewal|pg_recvlogical|pg_isready"
    r"|pg_amcheck|pg_rewind|pgbench|pgcli|pgloader"
    r"|(create|drop)(db|user)|clusterdb|reindexdb|vacuumdb|vacuumlo"
)
_CLIENT_IN_TEXT = re.compile(rf"(?<![\w.-])(?:{_CLIENT.pattern})(?![\w.-])")
_SHELLS = frozenset(("ash", "bash", "busybox", "dash", "fish", "ksh", "sh", "zsh"))


class AuditHook:
    """The audit hook: asks the fence about each socket, SQLite file and started program."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._check_socket(*arguments)
        elif event == "sqlite3.connect":
            check_sqlite(self._fence, arguments[0])
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
            self._check_program(arguments[0], arguments[1])
        elif event == "os.system":
            self._check_program("sh", ("sh", "-c", arguments[0]))

    def _check_socket(self, opened: socket.socket, address: Any) -> None:
        """Refuse stream sockets except to the target; allow datagrams (name servers, logs)."""
        if not opened.type & socket.SOCK_STREAM:
            return
        if isinstance(address, tuple):
            address = tuple(address[:2])
            asked = ":".join(map(str, address))
        else:
            address = asked = os.fsdecode(address)
        if address not in self._fence.addresses:
            self._fence.refuse("socket", asked)

    def _check_program(self, executable: Any, arguments: Any) -> None:
        """Refuse PostgreSQL clients: as a program, behind a wrapper, or in a shell command."""
        listed = [arguments] if isinstance(arguments, (str, bytes)) else list(arguments or ())
        words = [os.fsdecode(each) for each in [executable or "", *listed]]
        names = [_base_name(each) for each in words]
        found = [each for each in map(_CLIENT.fullmatch, names) if each]
        if _SHELLS.intersection(names[:2]):
            found += [each for text in words for each in _CLIENT_IN_TEXT.finditer(text)]
        if found:
            self._fence.refuse("program", found[0].group())


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]


def check_sqlite(fence: Fence, database: Any) -> None:
    """Refuse SQLite files other than the target; databases in memory are allowed."""
    name = os.fsdecode(database)
    if name in ("", ":memory:") or name.startswith("file::memory:") or "mode=memory" in name:
        return
    path = urllib.parse.urlsplit(name).path if name.startswith("file:") else name
    admitted = (fence.target or {}).get("path", "")
    if not admitted or os.path.realpath(path) != os.path.realpath(admitted):
        fence.refuse("sqlite", f"sqlite:///{path}")
