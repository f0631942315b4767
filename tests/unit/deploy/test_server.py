"""Which answers of a server pass by waiting."""

from __future__ import annotations

import time

import pytest

from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.deploy.server import _is_final, wait_for_server

HERE = 'connection to server at "db" (10.0.0.7), port 5432 failed: '


@pytest.mark.parametrize(
    "said",
    [
        "Connection refused",
        "timeout expired",
        "server closed the connection unexpectedly",
        'could not translate host name "db" to address: Temporary failure in name resolution',
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is not yet accepting connections",
        "FATAL:  the database system is shutting down",
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
    ],
)
def test_a_server_that_is_not_ready_is_waited_for(said: str) -> None:
    assert not _is_final(NoServer("", why=HERE + said))


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  password authentication failed for user "app"',
        'FATAL:  database "shop" does not exist',
        'FATAL:  role "app" does not exist',
        'FATAL:  no pg_hba.conf entry for host "10.0.0.8", user "app", database "shop"',
        "fe_sendauth: no password supplied",
        "server does not support SSL, but SSL was required",
    ],
)
def test_a_server_that_says_no_is_not_waited_for(said: str) -> None:
    assert _is_final(NoServer("", why=HERE + said))


def test_waiting_ends_in_time_and_is_reported_once() -> None:
    nobody = Server("127.0.0.1", 1, "me", "hunter2", version="", origin="--url")
    told: list[str] = []
    begun = time.monotonic()
    with pytest.raises(NoServer, match=r"Waited 0\.5 s") as silent:
        wait_for_server(Database(nobody, "shop"), wait=0.5, tell=told.append)
    assert 0.5 <= time.monotonic() - begun < 5
    assert told == ["waiting up to 0.5 s for 127.0.0.1:1"]
    assert "hunter2" not in silent.value.what + silent.value.why
