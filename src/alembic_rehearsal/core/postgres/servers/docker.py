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
from alembic_rehearsal.core.postgres.programs.passwords import new_password, set_password
from alembic_rehearsal.core.postgres.programs.postmaster import listens
from alembic_rehearsal.core.postgres.servers.containers import (
    LABEL,
    daemon,
    find_container,
    have_image,
    owned_container,
    remove_leftovers,
    said,
)
from alembic_rehearsal.core.postgres.servers.docker_over_ssh import other_machine, reached
from alembic_rehearsal.core.postgres.servers.local import port_taken
from alembic_rehearsal.core.postgres.servers.parity import Offer, Tell
from alembic_rehearsal.core.postgres.servers.ready import answering
from alembic_rehearsal.core.postgres.servers.state import State
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.errors import NoServer

if TYPE_CHECKING:
    from docker.models.containers import Container

NEWEST = 18  # the major for projects whose production is unknown
PATIENCE = 60.0  # seconds for a container to answer
HOME = "alembic-rehearsal.home"
FAST = {
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
# What the official image can create: PostgreSQL's own contrib modules.
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
    def volume(self) -> str:
        """The folder that the image declares as its volume; another one from 18 on."""
        return "/var/lib/postgresql" if self.major >= 18 else "/var/lib/postgresql/data"

    @contextmanager
    def throwaway(self, tell: Tell) -> Iterator[Server]:
        name, password = f"{LABEL}-{secrets.token_hex(5)}", new_password()
        with daemon() as client:
            remove_leftovers(client)
            have_image(client, self.image, tell)
            options = self._options(password, port=None, autovacuum="off")
            with (
                owned_container(client, name, tmpfs={self.volume: ""}, **options) as container,
                reached(_published(container)) as port,
            ):
                state = State(
                    kind=self.kind,
                    origin=self.offer.origin,
                    major=self.major,
                    port=port,
                    user=SUPERUSER,
                    password=password,
                )
                yield replace(_ready(container, state), throwaway=True)

    def start(self, home: Path, state: State, tell: Tell) -> None:
        name = container_name(home)
        if machine := other_machine():
            raise NoServer(
                f"Docker runs on another machine ({machine.hostname}), and a development server "
                "there could not be reached once this command has ended.",
                ways_out=("unset DOCKER_HOST", "make up ARGS='--server local'"),
            )
        with daemon() as client:
            have_image(client, self.image, tell)
            if old := find_container(client, name):
                old.remove(force=True)  # its data is in the volume
            if listens(state.port):
                raise port_taken(state.port, home)
            options = self._options(state.password, port=state.port, autovacuum="on")
            options["volumes"] = {name: {"bind": self.volume, "mode": "rw"}}
            options["labels"] = {LABEL: "development", HOME: str(home.resolve())}
            options["restart_policy"] = {"Name": "unless-stopped"}
            with said(f"the container {name} cannot be started"):
                container = client.containers.run(name=name, detach=True, **options)
            _ready(container, state, password_may_differ=True)

    def _options(self, password: str, *, port: int | None, autovacuum: str) -> dict[str, Any]:
        """Arguments of `containers.run`; without a port the daemon chooses a free one."""
        settings = {**FAST, "autovacuum": autovacuum}
        return {
            "image": self.image,
            "command": [part for item in settings.items() for part in ("-c", "=".join(item))],
            "environment": {"POSTGRES_PASSWORD": password, "POSTGRES_INITDB_ARGS": "--no-sync"},
            "ports": {"5432/tcp": ("127.0.0.1", port)},
            "shm_size": "256m",
        }


def docker_sources(major: int | None) -> list[DockerSource]:
    """The image of a major, which can be pulled, and those of newer majors that are here.

    Raises `NoServer` where no daemon can be used.
    """
    first = major or NEWEST
    newer = [each for each in images_here() if each.major > first]
    return [DockerSource(first), *newer]


def images_here() -> list[DockerSource]:
    """The official images that need not be pulled, oldest first.

    Raises `NoServer` where no daemon can be used.
    """
    with daemon() as client, said("the Docker daemon does not list its images"):
        tags = {tag for image in client.images.list(name="postgres") for tag in image.tags}
    numbers = (tag.removeprefix("postgres:") for tag in tags)
    return [DockerSource(major) for major in sorted(int(n) for n in numbers if n.isdigit())]


def stop_docker(home: Path, *, erase: bool) -> bool:
    """Stop the development container of a folder; False where none ran."""
    from docker.errors import NotFound

    name = container_name(home)
    with daemon() as client, said(f"the container {name} cannot be stopped"):
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
    """The name of a folder's development container, and of the volume with its data."""
    return f"{LABEL}-dev-{zlib.crc32(os.fsencode(home.resolve())):08x}"


def _published(container: Container) -> int:
    """The port of 127.0.0.1 that the daemon chose."""
    with said(f"the container {container.name} cannot be looked at"):
        container.reload()
    bound = container.ports.get("5432/tcp")
    return int(bound[0]["HostPort"]) if bound else 0


def _ready(container: Container, state: State, *, password_may_differ: bool = False) -> Server:
    """Wait until a query over TCP is answered with our password.

    Nothing less will do: the image initialises with a server that listens on its socket
    only, and stops it again; meanwhile Docker's proxy accepts connections to nobody.
    """
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if server := answering(state):
            return server
        with said(f"the container {container.name} cannot be looked at"):
            container.reload()
            if container.status == "exited":
                break
            if password_may_differ:
                _set_password(container, state)
        time.sleep(0.02)
    with said(f"the container {container.name} cannot be looked at"):
        words = container.logs(tail=8).decode(errors="replace")
    raise NoServer(f"{state.origin} did not start.", why=words)


def _set_password(container: Container, state: State) -> None:
    """Set it over the socket, which the image trusts; the volume may know another one."""
    from docker.errors import APIError

    command = ["psql", "-qXU", state.user, "-c", set_password(state.user, state.password)]
    try:
        container.exec_run(command)
    except APIError:  # not running yet, or between its two servers
        return
