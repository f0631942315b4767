from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.programs import postmaster
from alembic_rehearsal.core.postgres.programs.account import server_account
from alembic_rehearsal.core.postgres.programs.clusters import cached_cluster
from alembic_rehearsal.core.postgres.programs.installations import Installation, find_in_wheels
from alembic_rehearsal.core.postgres.servers import local
from alembic_rehearsal.core.postgres.servers.local import LocalSource
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, WrongServer
from support.leftover_servers import gone, hold, left


def ask(server: Server, query: str) -> str:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return str(value)


def folder_of(server: Server) -> Path:
    return Path(ask(server, "SHOW data_directory")).parent


def embedded() -> Installation:
    return next(each.found for each in find_in_wheels() if each.found)


@pytest.fixture
def place() -> Iterator[Path]:
    """A path for a server's folder that is free, and short enough for a socket."""
    path = Path(f"/tmp/ar-test-{os.getpid()}-{time.monotonic_ns() % 10**9}")
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_a_throwaway_server_has_the_version_and_settings_that_it_states(server: Server) -> None:
    assert ask(server, "SHOW server_version").split()[0] == server.version
    assert server.throwaway
    assert server.ours
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True"
    assert ask(server, "SHOW fsync") == "off"
    assert ask(server, "SHOW TimeZone") == "UTC"
    assert ask(server, "SELECT datcollate FROM pg_database LIMIT 1") in ("C", "C.UTF-8")


def test_it_listens_on_the_loopback_address_only(server: Server) -> None:
    assert ask(server, "SHOW listen_addresses") == "127.0.0.1"


def test_a_connection_over_tcp_needs_the_password(server: Server) -> None:
    for password in ("", "wrong"):
        with pytest.raises(NoServer, match="cannot be reached") as caught:
            ask(replace(server, password=password, socket=""), "SELECT 1")
        assert "password" in caught.value.why


def test_the_socket_is_in_a_folder_that_only_its_owner_can_enter(server: Server) -> None:
    folder = folder_of(server)
    assert Path(ask(server, "SHOW unix_socket_directories")) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_uid == server_account().uid != 0


def test_the_password_is_in_no_log_and_no_list_of_programs(server: Server) -> None:
    listed = subprocess.run(["ps", "-eww", "-o", "args="], capture_output=True, text=True).stdout
    assert str(folder_of(server)) in listed
    assert server.password not in listed
    assert server.password not in (folder_of(server) / "log").read_text()
    assert server.password not in repr(server)


def test_nothing_is_left_after_success() -> None:
    with throwaway_server("embedded", ServerNeeds()) as server:
        folder = folder_of(server)
        assert left(folder)
    assert left(folder) == []


def test_nothing_is_left_after_an_exception() -> None:
    seen = []

    def fail() -> None:
        with throwaway_server("embedded", ServerNeeds()) as server:
            seen.append(folder_of(server))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert left(seen[0]) == []


def test_open_connections_do_not_keep_it_alive() -> None:
    with throwaway_server("embedded", ServerNeeds()) as server:
        folder = folder_of(server)
        connection = psycopg2.connect(Database(server, "postgres").url().replace("+psycopg2", ""))
        connection.cursor().execute("SELECT 1")
    assert left(folder) == []
    connection.close()


def test_the_thread_that_started_it_may_end(place: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        context = throwaway_server("embedded", ServerNeeds())
        server = pool.submit(context.__enter__).result()
        folder = folder_of(server)
    time.sleep(0.2)
    assert ask(server, "SELECT 1") == "1"
    stopper = threading.Thread(target=context.__exit__, args=(None, None, None))
    stopper.start()
    stopper.join()
    assert left(folder) == []


def test_two_servers_at_once_do_not_disturb_each_other() -> None:
    with (
        throwaway_server("embedded", ServerNeeds()) as one,
        throwaway_server("embedded", ServerNeeds()) as other,
    ):
        assert one.port != other.port
        assert folder_of(one) != folder_of(other)
        with pytest.raises(NoServer):
            ask(replace(one, port=other.port), "SELECT 1")


def test_the_cached_cluster_is_built_once_by_many_at_once(place: Path) -> None:
    account, cache = server_account(), place
    cache.mkdir(mode=0o755)
    with ThreadPoolExecutor(3) as pool:
        clusters = set(pool.map(lambda _: cached_cluster(embedded(), account, cache), range(3)))
    assert len(clusters) == 1
    assert [each.name for each in cache.iterdir() if each.name.startswith("building")] == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal(place: Path, end: signal.Signals) -> None:
    program = hold(place)
    assert program.stdout is not None
    assert program.stdout.readline().startswith("ready")
    assert len(left(place)) > 3
    program.send_signal(end)
    program.wait()
    assert gone(place), left(place)


@pytest.mark.parametrize("milliseconds", range(0, 130, 10))
def test_nothing_is_left_when_it_is_killed_during_start(place: Path, milliseconds: int) -> None:
    program = hold(place)
    time.sleep(milliseconds / 1000)
    program.kill()
    program.wait()
    assert gone(place), left(place)


def test_a_forked_copy_of_the_owner_does_not_keep_it_alive() -> None:
    with throwaway_server("embedded", ServerNeeds()) as server:
        folder = folder_of(server)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    try:
        assert left(folder) == []
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(child, 0)


def test_another_port_is_tried_when_the_first_was_taken_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = postmaster.free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = iter([other.getsockname()[1], free])
        monkeypatch.setattr(postmaster, "free_port", lambda: next(ports))
        with throwaway_server("embedded", ServerNeeds()) as server:
            assert server.port == free
            assert ask(server, "SELECT 1") == "1"


def test_a_server_that_cannot_start_shows_its_log(place: Path) -> None:
    def spoil(source: Path, target: Path, account: object) -> None:
        target.mkdir(mode=0o700)
        server_account().chown(target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "copy_cluster", spoil)
        patch.setattr(local, "throwaway_path", lambda account: place)
        with (
            pytest.raises(NoServer, match="did not start") as caught,
            LocalSource(embedded()).open_throwaway(print),
        ):
            pass
    assert f'"{place}/data/postgresql.conf": No such file or directory' in caught.value.why
    assert left(place) == []


def test_productions_major_is_chosen_and_another_major_is_noted() -> None:
    major = embedded().major
    with throwaway_server("embedded", ServerNeeds(major - 1)) as server:
        assert server.major == major
        assert server.note.startswith(
            f"Production runs PostgreSQL {major - 1}; this ran on {major}"
        )
    with throwaway_server("embedded", ServerNeeds(major)) as server:
        assert server.note == ""


def test_an_error_is_raised_when_all_servers_are_older_than_production() -> None:
    with (
        pytest.raises(WrongServer, match="no PostgreSQL here can hold a schema of PostgreSQL 99"),
        throwaway_server("embedded", ServerNeeds(99)),
    ):
        pass


def test_an_extension_that_nothing_here_has_is_an_error() -> None:
    with (
        pytest.raises(WrongServer, match="with no_such_extension") as caught,
        throwaway_server("embedded", ServerNeeds(None, ("no_such_extension",))),
    ):
        pass
    assert "lacks no_such_extension" in caught.value.why


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has programs that its server cannot reach")
def test_programs_that_the_account_cannot_read_are_copied_and_modes_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = embedded()
    home = tmp_path / "home"
    for part in programs.parts:
        shutil.copytree(programs.root / part, home / part, symlinks=True)
    home.chmod(0o700)
    hidden = replace(programs, root=home, bindir=home / programs.bindir.relative_to(programs.root))
    cache = Path(f"/var/tmp/ar-test-{os.getpid()}-{time.monotonic_ns() % 10**9}")
    monkeypatch.setenv("REHEARSAL_CACHE", str(cache))
    try:
        with LocalSource(hidden).open_throwaway(print) as server:
            command = Path(f"/proc/{_postmaster(server)}/exe").resolve()
            assert command.is_relative_to(cache)
            with connect(Database(server, "postgres")) as connection:
                connection.cursor().execute("CREATE EXTENSION citext")
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(cache)


def _postmaster(server: Server) -> int:
    return int((folder_of(server) / "data/postmaster.pid").read_text().split()[0])


def test_neither_path_nor_home_is_needed() -> None:
    code = (
        "from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server\n"
        "from alembic_rehearsal.core.values.databases import ServerNeeds\n"
        "with throwaway_server('embedded', ServerNeeds()) as server: print(server.major)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{embedded().major}\n"
