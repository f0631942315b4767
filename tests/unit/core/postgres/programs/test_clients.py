"""Client programs of a machine: the oldest that is new enough, with or without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.programs import clients, installations
from alembic_rehearsal.core.postgres.programs.clients import find_client, find_client_program
from alembic_rehearsal.core.values.errors import NoServer


def install(bindir: Path, version: str, *programs: str) -> Path:
    """Programs that only print their version."""
    bindir.mkdir(parents=True)
    for name in programs:
        (bindir / name).write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {version}"\n')
        (bindir / name).chmod(0o755)
    return bindir


SERVER = ("postgres", "initdb")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without PostgreSQL, except for what the test creates in this folder."""
    monkeypatch.setattr(installations, "VERSIONED_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(installations, "WHEELS", {})
    monkeypatch.setattr(clients, "CLIENT_ONLY_FOLDERS", (f"{tmp_path}/libpq/alone",))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(installations.OTHER_MAJORS_VARIABLE, raising=False)
    return tmp_path


def test_the_oldest_client_that_is_new_enough_is_taken(bare: Path) -> None:
    for major in (14, 16, 18):
        install(bare / str(major) / "bin", f"{major}.1", "pg_dump", *SERVER)
    assert find_client_program("pg_dump", at_least=15) == bare / "16/bin/pg_dump"
    assert find_client("pg_dump", at_least=17).title == "pg_dump 18.1"


def test_a_client_without_a_server_is_taken_too(bare: Path) -> None:
    install(bare / "14/bin", "14.1", "pg_dump", *SERVER)
    install(bare / "17/bin", "17.2", "pg_dump", "psql")
    install(bare / "libpq/alone", "18.3", "pg_dump")
    assert find_client_program("pg_dump", at_least=15) == bare / "17/bin/pg_dump"
    assert find_client_program("pg_dump", at_least=18) == bare / "libpq/alone/pg_dump"


def test_a_client_that_is_only_on_path_is_found(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindir = install(bare / "own/programs", "16.4", "pg_dump")
    monkeypatch.setenv("PATH", str(bindir))
    assert find_client_program("pg_dump", at_least=13) == bindir / "pg_dump"


def test_a_client_that_does_not_run_is_not_taken(bare: Path) -> None:
    bindir = install(bare / "17/bin", "17.2", "pg_dump")
    (bindir / "pg_dump").write_bytes(b"\x7fELF of something else")
    with pytest.raises(NoServer, match="no pg_dump of PostgreSQL 13 or newer") as caught:
        find_client_program("pg_dump", at_least=13)
    assert caught.value.why.startswith("none was found in Python's environment, on PATH")


def test_without_a_client_that_is_new_enough_the_error_lists_the_others_and_what_to_install(
    bare: Path,
) -> None:
    bindir = install(bare / "14/bin", "14.1", "pg_dump", *SERVER)
    with pytest.raises(NoServer) as caught:
        find_client_program("pg_dump", at_least=15)
    assert caught.value.what == "no pg_dump of PostgreSQL 15 or newer is on this machine."
    assert caught.value.why == f"pg_dump 14.1 in {bindir} is older"
    assert any("postgresql-client-15" in each for each in caught.value.remedies)
