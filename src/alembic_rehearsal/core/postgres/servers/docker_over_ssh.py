"""Docker on another machine: its socket and its ports, forwarded to this machine by ssh.

The other machine publishes ports on its 127.0.0.1 only.  ssh takes keys, agents and jump hosts
from ~/.ssh/config; it never prompts for a password.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from alembic_rehearsal.core.postgres.programs.postmaster import free_port, is_listening
from alembic_rehearsal.core.postgres.programs.reaper import start_reaper
from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.values.errors import NoServer

DOCKER_SOCKET = "/var/run/docker.sock"  # the socket of the other machine's daemon
PATIENCE = 30.0  # seconds for ssh to open a forward
SSH_OPTIONS = ("BatchMode=yes", "ExitOnForwardFailure=yes", "ConnectTimeout=20")


def remote_machine() -> SplitResult | None:
    """The ssh://USER@HOST in DOCKER_HOST, None when DOCKER_HOST has no ssh URL."""
    place = urlsplit(environment().get("DOCKER_HOST", ""))
    return place if place.scheme == "ssh" else None


@contextmanager
def forward_socket(machine: SplitResult) -> Iterator[str]:
    """The URL of a local socket that is forwarded to the daemon of `machine`.

    Raises `NoServer` with ssh's message when the forward does not open.
    """
    with tempfile.TemporaryDirectory(prefix="ar-ssh-") as folder:
        path = Path(folder) / "docker.sock"
        with _forward_by_ssh(machine, f"{path}:{machine.path or DOCKER_SOCKET}", path.exists):
            yield f"unix://{path}"


@contextmanager
def forward_port(port: int) -> Iterator[int]:
    """The port of this machine that reaches `port` of the machine where Docker runs.

    It is `port` itself unless DOCKER_HOST has an ssh URL.  Raises `NoServer` as above.
    """
    machine = remote_machine()
    if machine is None:
        yield port
        return
    here = free_port()
    forward = f"127.0.0.1:{here}:127.0.0.1:{port}"
    with _forward_by_ssh(machine, forward, lambda: is_listening(here)):
        yield here


@contextmanager
def _forward_by_ssh(
    machine: SplitResult, forward: str, is_open: Callable[[], bool]
) -> Iterator[None]:
    """One ssh process for one forward; it runs `cat`, and so ends with us, after `kill -9` too."""
    port = ("-p", str(machine.port)) if machine.port else ()
    user = f"{machine.username}@" if machine.username else ""
    options = [word for each in SSH_OPTIONS for word in ("-o", each)]
    command = ["ssh", *options, *port, "-L", forward, f"{user}{machine.hostname}", "cat"]
    with tempfile.TemporaryFile() as output:
        try:
            ssh = start_reaper(command, stderr=output)
        except OSError as error:
            raise NoServer(f"ssh cannot be started: {error.strerror}.") from error
        try:
            ends = time.monotonic() + PATIENCE
            while not is_open():
                if ssh.program.poll() is not None or time.monotonic() > ends:
                    output.seek(0)
                    raise NoServer(
                        f"ssh does not reach {machine.hostname}.",
                        why=output.read().decode(errors="replace").strip(),
                        remedies=(f"ssh {user}{machine.hostname} docker version",),
                    )
                time.sleep(0.02)
            yield
        finally:
            ssh.release()
            try:
                ssh.program.wait(5)
            except subprocess.TimeoutExpired:
                ssh.program.kill()
                ssh.program.wait()
