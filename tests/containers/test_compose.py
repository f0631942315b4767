"""docker-compose.yml: the development database of people who prefer Compose."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.programs.postmaster import free_port
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url

pytestmark = pytest.mark.docker
FILE = Path(__file__).parents[2] / "docker-compose.yml"


def compose_command() -> list[str]:
    """The command of Compose 2 or 1; [] if neither is installed."""
    v2 = ["docker", "compose"]
    if shutil.which("docker"):
        asked = subprocess.run([*v2, "version"], capture_output=True)
        if asked.returncode == 0:
            return v2
    return ["docker-compose"] if shutil.which("docker-compose") else []


@dataclass(frozen=True)
class Compose:
    """The project's compose file with a project name and a port of this test."""

    command: list[str]
    name: str
    port: int

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, "-f", str(FILE), "-p", self.name, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "POSTGRES_PORT": str(self.port)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def compose() -> Iterator[Compose]:
    command = compose_command()
    if not command and os.environ.get("REHEARSAL_REQUIRE_DOCKER") == "1":
        pytest.fail("neither docker compose nor docker-compose is installed")
    if not command:
        pytest.skip("neither docker compose nor docker-compose is installed")
    compose = Compose(command, f"rehearsal{secrets.token_hex(4)}", free_port())
    yield compose
    compose("down", "-v", "-t", "1")


def ask(port: int, query: str) -> str:
    url = f"postgresql://postgres:development@127.0.0.1:{port}/development"
    with connect(database_from_url(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return str(value)


def wait_until_healthy(container: str, *, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    format = ["--format", "{{.State.Health.Status}}"]
    while time.monotonic() < ends:
        said = subprocess.run(
            ["docker", "inspect", *format, container], capture_output=True, text=True, check=True
        ).stdout.strip()
        if said == "healthy":
            return
        time.sleep(0.2)
    raise TimeoutError(said)


def test_the_compose_file_gives_a_database_that_keeps_its_data(compose: Compose) -> None:
    compose("up", "-d")
    container = compose("ps", "-q", "database").strip()
    wait_until_healthy(container)
    assert ask(compose.port, "SHOW server_version_num").startswith("18")
    assert ask(compose.port, "SHOW data_directory") == "/var/lib/postgresql/18/docker"
    assert ask(compose.port, "CREATE TABLE kept AS SELECT 42; SELECT count(*) FROM kept") == "1"

    compose("down")
    compose("up", "-d")
    again = compose("ps", "-q", "database").strip()
    assert again != container
    wait_until_healthy(again)
    assert ask(compose.port, "SELECT count(*) FROM kept") == "1"


def test_it_is_published_on_the_loopback_address_only(compose: Compose) -> None:
    assert f"127.0.0.1:{compose.port}" in FILE.read_text().replace(
        "${POSTGRES_PORT:-5432}", str(compose.port)
    )
    compose("up", "-d")
    said = compose("port", "database", "5432").strip()
    assert said == f"127.0.0.1:{compose.port}"
