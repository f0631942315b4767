from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.postgres.servers.development import start_development_server
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, UsageError


@pytest.fixture
def url(server: Server) -> str:
    return Database(server, "postgres").url().replace("+psycopg2", "")


def test_a_disposable_server_given_by_url_keeps_running(server: Server, url: str) -> None:
    with throwaway_server(url, ServerNeeds(), disposable=True) as given:
        assert (given.host, given.port, given.user) == ("127.0.0.1", server.port, "postgres")
        assert given.version == server.version
        assert given.origin == "server in settings"
        assert not given.throwaway
        assert not given.ours
    with connect(Database(server, "postgres")) as connection:
        connection.cursor().execute("SELECT 1")


def test_a_server_that_is_not_declared_disposable_is_not_even_reached(url: str) -> None:
    unreachable = url.replace("127.0.0.1", "host.invalid")
    with (
        pytest.raises(UsageError, match="is not declared disposable") as caught,
        throwaway_server(unreachable, ServerNeeds()),
    ):
        pass
    assert "***" in caught.value.what
    assert caught.value.remedies[0] == "[tool.rehearsal]\ndisposable = true"


def test_a_development_server_by_url_must_be_disposable_too(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        start_development_server(url, ServerNeeds(), tmp_path)
    assert start_development_server(url, ServerNeeds(), tmp_path, disposable=True).port
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_server_is_named_without_its_password(server: Server) -> None:
    with (
        pytest.raises(NoServer, match=r"postgresql://me:\*\*\*@127\.0\.0\.1:1/x") as caught,
        throwaway_server("postgres://me:s3cret@127.0.0.1:1/x", ServerNeeds(), disposable=True),
    ):
        pass
    assert "refused" in caught.value.why
    assert "s3cret" not in caught.value.why


def test_the_url_of_another_database_system_is_a_usage_error() -> None:
    with (
        pytest.raises(UsageError, match="not the URL of a PostgreSQL database"),
        throwaway_server("mysql://me@localhost/x", ServerNeeds(), disposable=True),
    ):
        pass


def test_another_major_than_productions_is_noted(server: Server, url: str) -> None:
    with throwaway_server(url, ServerNeeds(server.major - 1), disposable=True) as given:
        assert "Production runs PostgreSQL" in given.note


def test_a_url_gives_its_database_and_server(server: Server, empty_database: Database) -> None:
    found = database_from_url(empty_database.url().replace("+psycopg2", ""))
    assert found.name == empty_database.name
    assert found.server.password == server.password
