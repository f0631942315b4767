"""Docker on another machine, reached through ssh: here that machine is this one, with an sshd."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.postgres.programs.postmaster import free_port, is_listening
from alembic_rehearsal.core.postgres.servers.containers import LABEL, connect_docker
from alembic_rehearsal.core.postgres.servers.development import start_development_server
from alembic_rehearsal.core.postgres.servers.docker import _published_port
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer
from support.leftover_processes import nothing_left

pytestmark = pytest.mark.docker

SSHD = next(
    (path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if Path(path).exists()), ""
)
SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
"""
CLIENT = """\
IdentityFile {folder}/user
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
"""
HOLD = """
import time
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import ServerNeeds

with throwaway_server("docker", ServerNeeds(15)) as server:
    print(server.port, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An sshd, and an `ssh` that gets there; DOCKER_HOST leads through it to this daemon."""
    if not SSHD:
        if os.environ.get("REHEARSAL_REQUIRE_DOCKER") == "1":
            pytest.fail("no sshd: apt-get install openssh-server")
        pytest.skip("no sshd")
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name]
        subprocess.run(make, check=True)
    port = free_port()
    (tmp_path / "sshd.conf").write_text(SERVER.format(port=port, folder=tmp_path))
    (tmp_path / "ssh.conf").write_text(CLIENT.format(folder=tmp_path))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(
        f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/ssh.conf "$@"\n'
    )
    (programs / "ssh").chmod(0o755)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd leaves its privileges
    sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", tmp_path / "sshd.conf"])
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", f"ssh://{getpass.getuser()}@127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 10
        while not is_listening(port):
            assert time.monotonic() < deadline, "sshd does not listen"
            time.sleep(0.02)
        yield
    finally:
        sshd.terminate()
        sshd.wait(10)


def containers() -> set[str]:
    with connect_docker() as client:
        found = client.containers.list(all=True, filters={"label": f"{LABEL}=throwaway"})
        return {str(each.id) for each in found}


@pytest.mark.usefixtures("other_machine")
def test_a_server_there_answers_on_a_port_here_and_is_gone_afterwards() -> None:
    before = containers()
    with nothing_left(), throwaway_server("docker", ServerNeeds(15)) as server:
        (container,) = containers() - before
        with connect_docker() as client:
            assert _published_port(client.containers.get(container)) != server.port
        assert (server.host, server.major) == ("127.0.0.1", 15)
        assert fetch_rows(Database(server, "postgres"), "SELECT 1") == [(1,)]
    assert containers() == before
    assert not is_listening(server.port)


@pytest.mark.usefixtures("other_machine")
def test_after_kill_9_no_container_there_and_no_ssh_here_is_left() -> None:
    before = containers()
    with nothing_left():
        program = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        port = int(program.stdout.readline())
        assert is_listening(port)
        program.send_signal(signal.SIGKILL)
        program.wait()
    deadline = time.monotonic() + 30
    while containers() != before:
        assert time.monotonic() < deadline, "the container is still there"
        time.sleep(0.2)
    assert not is_listening(port)


@pytest.mark.usefixtures("other_machine")
def test_a_development_server_there_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ".rehearsal"
    with pytest.raises(NoServer, match="no PostgreSQL could be started") as caught:
        start_development_server("docker", ServerNeeds(15), home)
    assert "Docker runs on another machine (127.0.0.1)" in caught.value.why
