"""PostgreSQL in a container of the official image, published on 127.0.0.1 only."""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_rehearsal.core.postgres.programs.clusters import SUPERUSER
from alembic_rehearsal.core.postgres.programs.passwords import new_password, set_password_sql
from alembic_rehearsal.core.postgres.programs.postmaster import is_listening
from alembic_rehearsal.core.postgres.servers.containers import (
    LABEL,
    connect_docker,
    ensure_image,
    find_container,
    owned_container,
    remove_leftovers,
    translate_docker_errors,
)
from alembic_rehearsal.core.postgres.servers.docker_over_ssh import forward_port, remote_machine
from alembic_rehearsal.core.postgres.servers.local import port_taken_error
from alembic_rehearsal.core.postgres.servers.parity import Offer
from alembic_rehearsal.core.postgres.servers.ready import find_running_server
from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.core.values.progress import Tell

if TYPE_CHECKING:
    from docker.models.containers import Container

DEFAULT_MAJOR = 18  # the major for projects whose production is unknown
PATIENCE = 60.0  # seconds for a container to answer
HOME_LABEL = "alembic-rehearsal.home"
FAST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# The extensions of the official image: PostgreSQL's own contrib modules.
_CONTRIB = """amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn
    earthdistance file_fdw fuzzystrmatch hstore insert_username intagg intarray isn lo ltree
    moddatetime pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements
    pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple plpgsql
    postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent
    uuid-ossp xml2"""
CONTRIB = frozenset(_CONTRIB.split())


@dataclass(frozen=True, slots=True)
class DockerSource:
    """The official image of one major, as a source of servers."""

    major: int
    kind: str = "docker"

    @property
    def image(self) -> str:
        return f"postgres:{self.major}"

    @property
    def offer(self) -> Offer:
        return Offer(f"docker {self.image}", self.major, CONTRIB)

    @property
    def volume_folder(self) -> str:
        """The folder that the image declares as its volume; it changed with 18."""
        return "/var/lib/postgresql" if self.major >= 18 else "/var/lib/postgresql/data"

    @contextmanager
    def open_throwaway(self, tell: Tell) -> Iterator[Server]:
        name, password = f"{LABEL}-{secrets.token_hex(5)}", new_password()
        with connect_docker() as client:
            remove_leftovers(client)
            ensure_image(client, self.image, tell)
            options = self._options(password, port=None, autovacuum="off")
            with (
                owned_container(
                    client, name, tmpfs={self.volume_folder: ""}, **options
                ) as container,
                forward_port(_published_port(container)) as port,
            ):
                state = ServerState(
                    kind=self.kind,
                    origin=self.offer.origin,
                    major=self.major,
                    port=port,
                    user=SUPERUSER,
                    password=password,
                )
                yield replace(_wait_until_ready(container, state), throwaway=True)

    def start_development(self, home: Path, state: ServerState, tell: Tell) -> None:
        name = container_name(home)
        if machine := remote_machine():
            raise NoServer(
                f"Docker runs on another machine ({machine.hostname}), and a development server "
                "there could not be reached once this command has ended.",
                remedies=("unset DOCKER_HOST", "make up ARGS='--server local'"),
            )
        with connect_docker() as client:
            ensure_image(client, self.image, tell)
            if old := find_container(client, name):
                old.remove(force=True)  # its data is in the volume
            if is_listening(state.port):
                raise port_taken_error(state.port, home)
            options = self._options(state.password, port=state.port, autovacuum="on")
            options["volumes"] = {name: {"bind": self.volume_folder, "mode": "rw"}}
            options["labels"] = {LABEL: "development", HOME_LABEL: str(home.resolve())}
            options["restart_policy"] = {"Name": "unless-stopped"}
            with translate_docker_errors(f"the container {name} cannot be started"):
                container = client.containers.run(name=name, detach=True, **options)
            _wait_until_ready(container, state, password_may_differ=True)

    def _options(self, password: str, *, port: int | None, autovacuum: str) -> dict[str, Any]:
        """Arguments of `containers.run`; for `port` None the daemon chooses a free port."""
        settings = {**FAST_SETTINGS, "autovacuum": autovacuum}
        return {
            "image": self.image,
            "command": [part for item in settings.items() for part in ("-c", "=".join(item))],
            "environment": {"POSTGRES_PASSWORD": password, "POSTGRES_INITDB_ARGS": "--no-sync"},
            "ports": {"5432/tcp": ("127.0.0.1", port)},
            "shm_size": "256m",
        }


def docker_sources(major: int | None) -> list[DockerSource]:
    """The image of `major` (pulled when it is used), and local images of newer majors.

    Without a major it is `DEFAULT_MAJOR`.  Raises `NoServer` when no daemon can be used.
    """
    first = major or DEFAULT_MAJOR
    newer = [each for each in local_images() if each.major > first]
    return [DockerSource(first), *newer]


def local_images() -> list[DockerSource]:
    """The official images that the daemon has already, the oldest major first.

    Raises `NoServer` when no daemon can be used.
    """
    with (
        connect_docker() as client,
        translate_docker_errors("the Docker daemon does not list its images"),
    ):
        tags = {tag for image in client.images.list(name="postgres") for tag in image.tags}
    numbers = (tag.removeprefix("postgres:") for tag in tags)
    return [DockerSource(major) for major in sorted(int(n) for n in numbers if n.isdigit())]


def stop_docker_server(home: Path, *, erase: bool) -> bool:
    """Stop the development container of a folder; returns False when none ran.

    `erase` removes the container and its volume.  Raises `NoServer` when no daemon can be used.
    """
    from docker.errors import NotFound

    name = container_name(home)
    with (
        connect_docker() as client,
        translate_docker_errors(f"the container {name} cannot be stopped"),
    ):
        container = find_container(client, name)
        running = container is not None and container.status == "running"
        if container and running:
            container.stop()
        if container and erase:
            container.remove(force=True, v=True)
        if erase:
            try:
                client.volumes.get(name).remove(force=True)
            except NotFound:
                return running
    return running


def container_name(home: Path) -> str:
    """The name of a folder's development container, and of its data volume."""
    return f"{LABEL}-dev-{zlib.crc32(os.fsencode(home.resolve())):08x}"


def _published_port(container: Container) -> int:
    """The port of 127.0.0.1 that the daemon chose for a container."""
    with translate_docker_errors(f"the container {container.name} cannot be inspected"):
        container.reload()
    bound = container.ports.get("5432/tcp")
    return int(bound[0]["HostPort"]) if bound else 0


def _wait_until_ready(
    container: Container, state: ServerState, *, password_may_differ: bool = False
) -> Server:
    """Wait until a connection over TCP with our password succeeds.

    An open port is not enough: the image initialises with a server that listens on its socket
    only, and stops it again; meanwhile Docker's proxy accepts connections to no server.
    """
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if server := find_running_server(state):
            return server
        with translate_docker_errors(f"the container {container.name} cannot be inspected"):
            container.reload()
            if container.status == "exited":
                break
            if password_may_differ:
                _set_password(container, state)
        time.sleep(0.02)
    with translate_docker_errors(f"the container {container.name} cannot be inspected"):
        log = container.logs(tail=8).decode(errors="replace")
    raise NoServer(f"{state.origin} did not start.", why=log)


def _set_password(container: Container, state: ServerState) -> None:
    """Set the password over the socket, which needs none; an old volume may have another one."""
    from docker.errors import APIError

    command = ["psql", "-qXU", state.user, "-c", set_password_sql(state.user, state.password)]
    try:
        container.exec_run(command)
    except APIError:  # not running yet, or between its two servers
        return
