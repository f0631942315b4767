from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import create_database, database_exists
from alembic_rehearsal.core.postgres.programs.postmaster import is_listening
from alembic_rehearsal.core.postgres.servers.development import (
    find_development_server,
    start_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.postgres.servers.state import home_port, read_state, write_state
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, WrongServer


@pytest.fixture
def home() -> Iterator[Path]:
    """The `.rehearsal` of a checkout whose server's account can enter it."""
    checkout = Path(f"/tmp/ar-checkout-{os.getpid()}-{time.monotonic_ns() % 10**9}")
    checkout.mkdir(mode=0o755)
    home = checkout / ".rehearsal"
    yield home
    stop_development_server(home, erase=True)
    shutil.rmtree(checkout)


def start(home: Path, wanted: ServerNeeds | None = None) -> Server:
    return start_development_server("embedded", wanted or ServerNeeds(), home)


def ask(server: Server, query: str) -> str:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return str(value)


def started_at(server: Server) -> str:
    return ask(server, "SELECT pg_postmaster_start_time()")


def test_it_is_created_once_found_again_stopped_and_started_with_its_data(home: Path) -> None:
    assert find_development_server(home) is None
    first = start(home)
    create_database(first, "development")
    assert (first.ours, first.throwaway) == (True, False)
    assert start(home) == first == find_development_server(home)
    assert started_at(start(home)) == started_at(first)

    assert stop_development_server(home)
    assert find_development_server(home) is None
    assert not is_listening(first.port)
    assert not stop_development_server(home)

    again = start(home)
    assert (again.port, again.password) == (first.port, first.password)
    assert database_exists(again, "development")


def test_erasing_leaves_nothing_of_it(home: Path) -> None:
    server = start(home)
    assert stop_development_server(home, erase=True)
    assert not is_listening(server.port)
    assert not (home / "postgres").exists()
    assert read_state(home) is None
    fresh = start(home)
    assert fresh.port == server.port
    assert fresh.password != server.password


def test_it_keeps_running_after_the_process_that_started_it(home: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from alembic_rehearsal.core.postgres.servers.development import start_development_server\n"
        "from alembic_rehearsal.core.values.databases import ServerNeeds\n"
        "print(start_development_server('embedded', ServerNeeds(), pathlib.Path(sys.argv[1])).port)"
    )
    program = [sys.executable, "-c", code, str(home)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    server = find_development_server(home)
    assert server is not None
    assert done.stdout == f"{server.port}\n"


def test_two_starts_at_once_give_one_server(home: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from alembic_rehearsal.core.postgres.servers.development import start_development_server\n"
        "from alembic_rehearsal.core.values.databases import ServerNeeds\n"
        "s = start_development_server('embedded', ServerNeeds(), pathlib.Path(sys.argv[1]))\n"
        "print(s.port, s.password)"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [each.communicate()[0] for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert answers[0] == answers[1] != b""


def test_a_killed_server_and_its_stale_pid_file_do_not_matter(home: Path) -> None:
    server = start(home)
    create_database(server, "development")
    pid_file = home / "postgres/postmaster.pid"
    pid = int(pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    while is_listening(server.port):
        time.sleep(0.01)
    assert pid_file.exists()
    assert find_development_server(home) is None
    assert database_exists(start(home), "development")


def test_a_stale_pid_file_with_another_programs_process_id_does_no_harm(home: Path) -> None:
    start(home)
    stop_development_server(home)
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (home / "postgres/postmaster.pid").write_text(f"{innocent.pid}\n{home}/postgres\n0\n1\n")
        assert not stop_development_server(home)
        start(home)
        assert innocent.poll() is None
        innocent.kill()


def test_a_taken_port_is_an_error_and_not_another_port(home: Path) -> None:
    server = start(home)
    stop_development_server(home)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(NoServer, match=f"port {server.port}") as caught:
            start(home)
        assert any("server.json" in each for each in caught.value.remedies)
    assert start(home).port == server.port


def test_the_next_port_is_chosen_when_another_program_has_the_first(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", home_port(home)))
        other.listen()
        assert start(home).port != home_port(home)


def test_a_forgotten_password_is_set_anew_and_the_data_stays(home: Path) -> None:
    server = start(home)
    create_database(server, "development")
    (home / "server.json").unlink()
    again = start(home)
    assert again.password != server.password
    assert database_exists(again, "development")


def test_only_the_owner_can_read_the_password(home: Path) -> None:
    server = start(home)
    assert (home / "server.json").stat().st_mode & 0o777 == 0o600
    assert server.password not in (home / "postgres.log").read_text()
    assert "ready to accept connections" in (home / "postgres.log").read_text()


def test_it_is_never_older_than_production(home: Path) -> None:
    major = start(home).major
    with pytest.raises(WrongServer, match=f"runs PostgreSQL {major}, production {major + 1}"):
        start(home, ServerNeeds(major + 1))
    assert start(home, ServerNeeds(major - 1)).note.startswith(
        f"Production runs PostgreSQL {major - 1}"
    )


def test_programs_that_were_removed_are_named(home: Path) -> None:
    start(home)
    stop_development_server(home)
    state = read_state(home)
    assert state is not None
    write_state(home, replace(state, major=9, origin="PostgreSQL 9.6 in /opt/old"))
    with pytest.raises(
        NoServer, match=r"PostgreSQL 9\.6 in /opt/old, which is no longer"
    ) as caught:
        start(home)
    assert "make reset" in caught.value.remedies
    write_state(home, state)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        start(tmp_path / "file" / ".rehearsal")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs under another account")
def test_data_moves_to_the_cache_where_the_account_cannot_enter(home: Path) -> None:
    home.parent.chmod(0o700)
    said: list[str] = []
    server = start_development_server("embedded", ServerNeeds(), home, tell=said.append)
    data = Path(ask(server, "SHOW data_directory"))
    assert not data.is_relative_to(home)
    assert any(str(data) in each and "cannot be entered" in each for each in said)
    assert home.parent.stat().st_mode & 0o777 == 0o700
    assert stop_development_server(home, erase=True)
    assert not data.exists()


def test_a_folder_without_a_server_has_nothing_to_stop(tmp_path: Path) -> None:
    assert not stop_development_server(tmp_path / "never")
    assert not (tmp_path / "never").exists()
    assert find_development_server(tmp_path / "never") is None
