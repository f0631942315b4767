"""The `postgres` process of a cluster: start, wait until ready, read its status, stop.

Starts `postgres` directly, because `pg_ctl -w` adds 75 ms of waiting.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.installations import Installation
from alembic_rehearsal.core.postgres.programs.watchdog import WatchedFolder
from alembic_rehearsal.core.values.errors import NoServer

POLL = 0.002  # seconds between two checks of a starting server
PATIENCE = 60.0  # seconds for a server to start; usually it takes 0.05
ATTEMPTS = 5  # ports to try: another program may take a free port before our server does
_PORT_TAKEN = ("Address already in use", "could not create any TCP/IP sockets")


def start_throwaway(folder: WatchedFolder, installation: Installation) -> int:
    """Start `postgres` on the cluster `data` of a watched folder; returns its port.

    It listens on 127.0.0.1 and on a socket in that folder.  Raises `NoServer` with the
    end of its log when it does not start.
    """
    postgres, data = str(installation.program("postgres")), folder.path / "data"
    for _ in range(ATTEMPTS):
        port = free_port()
        command = (postgres, "-D", str(data), "-p", str(port), "-k", str(folder.path))
        if _wait_until_ready(folder.start(*command), data):
            return port
        if not any(text in folder.log.read_text(errors="replace") for text in _PORT_TAKEN):
            break
    raise start_error(installation.origin, folder.log)


def start_error(origin: str, log: Path) -> NoServer:
    """The error for a server that did not start, with the last 8 lines of its log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return NoServer(
        f"{origin} did not start.",
        why="\n".join(lines[-8:]) or "it printed nothing.",
    )


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Whether anything accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_status(data: Path) -> str:
    """A server's status in its postmaster.pid: "starting", "ready", "stopping".

    "" when there is none (it is the eighth line, which PostgreSQL writes since 10).
    """
    lines = _read_pid_file(data)
    return lines[7].strip() if len(lines) > 7 else ""


def stop_server(data: Path, *, patience: float = 30.0) -> bool:
    """Stop the server on a cluster and wait for its end; returns False when none runs.

    It is a fast shutdown, which ends open connections; after `patience` seconds an immediate
    shutdown follows (PostgreSQL manual, Shutting Down the Server).  The postmaster.pid of a
    server that died is removed, even if another process has its process id now.
    """
    pid = _running_pid(data)
    for kind, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 5.0)):
        end = time.monotonic() + seconds
        if _running_pid(data):
            os.kill(pid, kind)
        while _running_pid(data) and time.monotonic() < end:
            time.sleep(0.01)
    (data / "postmaster.pid").unlink(missing_ok=True)
    return pid != 0


def _running_pid(data: Path) -> int:
    """The process id of the server on a cluster, 0 when none runs."""
    lines = _read_pid_file(data)
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    return pid if pid and str(data) in _command_line(pid) else 0


def _command_line(pid: int) -> str:
    """The command line of a process, "" when it has ended (a zombie has none either)."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return ""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True).stdout


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until the server is ready; returns False when it ends, or after `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        if read_status(data) == "ready":
            return True
        time.sleep(POLL)
    return False


def _read_pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []
