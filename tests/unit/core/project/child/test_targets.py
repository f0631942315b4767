"""Places, read from any driver's parameters; and the target, written as parameters and URLs."""

from __future__ import annotations

from typing import Any

import pytest

from alembic_rehearsal.core.project.child.targets import (
    is_target,
    place_of,
    place_text,
    socket_addresses,
    target_parameters,
    without_place,
)
from alembic_rehearsal.core.project.child.urls import points_at, scheme_in, url_of, usual_scheme

TARGET: dict[str, Any] = {
    "dialect": "postgresql",
    "host": "127.0.0.1",
    "port": 54321,
    "user": "me",
    "password": "p@ss/word%",
    "database": "rehearsal",
    "options": {},
    "rehearsal": True,
}
SQLITE: dict[str, Any] = {"dialect": "sqlite", "path": "/data/app.db", "rehearsal": False}


@pytest.mark.parametrize(
    "asked",
    [
        {"dsn": "postgresql://app:secret@db.internal:6432/orders?sslmode=require"},
        {"conninfo": "host=db.internal port=6432 user=app password=secret dbname=orders"},
        {"dsn": b"postgres://app:secret@db.internal:6432/orders"},
        {"host": "db.internal", "port": 6432, "user": "app", "password": "s", "dbname": "orders"},
        {"host": "db.internal", "port": "6432", "user": "app", "database": "orders"},
    ],
)
def test_a_place_is_read_from_every_form_and_shown_without_its_password(
    asked: dict[str, Any],
) -> None:
    assert place_text(place_of(asked)) == "postgresql://app@db.internal:6432/orders"


def test_the_unix_socket_of_pg8000_is_a_place() -> None:
    place = place_of({"user": "app", "unix_sock": "/run/postgresql/.s.PGSQL.5433"})
    assert (place["host"], place["port"]) == ("/run/postgresql", "5433")


def test_a_service_is_shown_as_such_and_is_never_the_target() -> None:
    place = place_of({"service": "production", "host": "127.0.0.1", "port": 54321})
    assert place_text(place) == "service=production"
    assert not is_target(place, TARGET)


def test_localhost_has_several_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    for host in ("localhost", "127.0.0.1", "::1"):
        assert is_target({"host": host, "port": "54321", "database": "rehearsal"}, TARGET)
    assert not is_target({"host": "db", "port": "54321", "database": "rehearsal"}, TARGET)
    assert not is_target({"host": "localhost", "database": "rehearsal"}, TARGET)
    assert not is_target({"host": "localhost", "port": "54321", "database": "other"}, TARGET)


def test_missing_parts_of_a_connection_come_from_libpqs_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGHOST", "localhost")
    monkeypatch.setenv("PGPORT", "54321")
    monkeypatch.setenv("PGDATABASE", "rehearsal")
    assert is_target({}, TARGET)


def test_only_parameters_of_the_place_are_removed() -> None:
    asked = {
        "host": "h",
        "hostaddr": "1.2.3.4",
        "sslmode": "verify-full",
        "sslrootcert": "/ca",
        "target_session_attrs": "read-write",
        "passfile": "/p",
        "service": "s",
        "options": "-c x=1",
        "connect_timeout": 3,
        "application_name": "theirs",
        "prepared_statement_cache_size": 0,
    }
    assert without_place(asked) == {
        "options": "-c x=1",
        "connect_timeout": 3,
        "application_name": "theirs",
        "prepared_statement_cache_size": 0,
    }


def test_the_target_is_written_as_parameters_of_each_driver() -> None:
    secured = dict(TARGET, options={"sslmode": "require"})
    common = {"host": "127.0.0.1", "port": 54321, "user": "me", "password": "p@ss/word%"}
    for driver in ("psycopg2", "psycopg"):
        expected = {**common, "dbname": "rehearsal", "sslmode": "require"}
        assert target_parameters(driver, secured) == expected
    asyncpg = {**common, "database": "rehearsal", "ssl": "require"}
    assert target_parameters("asyncpg", secured) == asyncpg
    assert target_parameters("asyncpg", TARGET)["ssl"] is False
    pg8000 = {**common, "database": "rehearsal", "ssl_context": True}
    assert target_parameters("pg8000", secured) == pg8000


def test_a_unix_socket_target_is_one_address() -> None:
    target = dict(TARGET, host="/run/pg", port=5433)
    assert socket_addresses(target) == {"/run/pg/.s.PGSQL.5433"}
    assert target_parameters("pg8000", target)["unix_sock"] == "/run/pg/.s.PGSQL.5433"
    assert socket_addresses(None) == socket_addresses(SQLITE) == set()
    assert ("127.0.0.1", 54321) in socket_addresses(TARGET)


# --- URLs -------------------------------------------------------------------------------------


def test_the_urls_password_and_name_are_encoded() -> None:
    url = url_of(dict(TARGET, database="a b"), "postgresql+psycopg2")
    assert url == "postgresql+psycopg2://me:p%40ss%2Fword%25@127.0.0.1:54321/a%20b"


def test_options_are_written_only_for_drivers_that_understand_them() -> None:
    secured = dict(TARGET, options={"sslmode": "require"})
    assert url_of(secured, "postgresql").endswith("/rehearsal?sslmode=require")
    assert url_of(secured, "postgresql+asyncpg").endswith("/rehearsal")


def test_a_unix_socket_and_ipv6_fit_into_a_url() -> None:
    assert "@:54321/rehearsal?host=/run/pg" in url_of(dict(TARGET, host="/run/pg"), "postgresql")
    assert "@[::1]:54321/" in url_of(dict(TARGET, host="::1"), "postgresql")


def test_the_scheme_is_the_one_that_the_project_writes() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg", "PostgreSQL+psycopg"):
        assert scheme_in(f"{scheme}://u:p@h/d", TARGET) == scheme
    assert scheme_in("sqlite:///x.db", TARGET) == ""
    assert scheme_in("driver://user:pass@localhost/dbname", TARGET) == ""
    assert scheme_in("", TARGET) == ""
    assert scheme_in("sqlite+aiosqlite:///x.db", SQLITE) == "sqlite+aiosqlite"


def test_an_async_env_py_gets_an_async_driver() -> None:
    assert usual_scheme(TARGET, "await connection.run_sync(run)") == "postgresql+asyncpg"
    assert "asyncpg" not in usual_scheme(TARGET, "import asyncio\nengine = create_engine(url)")
    assert usual_scheme(SQLITE, "async_engine_from_config(") == "sqlite+aiosqlite"


def test_a_url_points_at_the_target_or_not() -> None:
    assert points_at("postgresql+asyncpg://other@localhost:54321/rehearsal?x=1", TARGET)
    assert not points_at("postgresql://me@localhost:54321/production", TARGET)
    assert not points_at("sqlite:///rehearsal", TARGET)
    assert points_at("sqlite:////data/../data/app.db", SQLITE)
    assert not points_at("sqlite:///other.db", SQLITE)
