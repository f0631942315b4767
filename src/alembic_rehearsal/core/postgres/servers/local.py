"""PostgreSQL from programs on this machine, installed in the system or from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import connect_with_parameters, version_text
from alembic_rehearsal.core.postgres.programs.account import Account, server_account
from alembic_rehearsal.core.postgres.programs.clusters import (
    SUPERUSER,
    cached_cluster,
    ensure_readable,
)
from alembic_rehearsal.core.postgres.programs.copy_tree import copy_cluster
from alembic_rehearsal.core.postgres.programs.folders import cache_folder, throwaway_path
from alembic_rehearsal.core.postgres.programs.installations import Installation
from alembic_rehearsal.core.postgres.programs.passwords import new_password, set_password_sql
from alembic_rehearsal.core.postgres.programs.postmaster import (
    is_listening,
    start_error,
    start_throwaway,
    stop_server,
)
from alembic_rehearsal.core.postgres.programs.watchdog import ENVIRONMENT, watched_folder
from alembic_rehearsal.core.postgres.servers.parity import Offer
from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.core.values.progress import Tell

# A development database is used for days, so it needs vacuuming.
DEVELOPMENT_OPTIONS = ("-c", "autovacuum=on")


@dataclass(frozen=True, slots=True)
class LocalSource:
    """One installation, as a source of servers."""

    installation: Installation
    kind: str = "local"

    @property
    def offer(self) -> Offer:
        return Offer(
            self.installation.origin, self.installation.major, self.installation.extensions
        )

    @contextmanager
    def open_throwaway(self, tell: Tell) -> Iterator[Server]:
        account, cache = server_account(), cache_folder()
        programs = ensure_readable(self.installation, account, cache)
        cluster = cached_cluster(programs, account, cache)
        with watched_folder(throwaway_path(account), account) as folder:
            copy_cluster(cluster, folder.path / "data", account)
            port = start_throwaway(folder, programs)
            password = new_password()
            yield Server(
                host="127.0.0.1",
                port=port,
                user=SUPERUSER,
                password=password,
                version=_set_password_over_socket(folder.path, port, password),
                origin=self.offer.origin,
                ours=True,
                throwaway=True,
                socket=str(folder.path),
            )

    def start_development(self, home: Path, state: ServerState, tell: Tell) -> None:
        account, cache = server_account(), cache_folder()
        programs = ensure_readable(self.installation, account, cache)
        data = data_folder(home, account, cache)
        if data.parent != home:
            tell(f"{home} cannot be entered by the account {account.name}: data is in {data}")
        stop_server(data)  # a server may be running with another password
        if is_listening(state.port):
            raise port_taken_error(state.port, home)
        if not (data / "PG_VERSION").exists():
            tell(f"making a development cluster with {self.offer.origin}")
            _copy_atomically(cached_cluster(programs, account, cache), data, account)
        _set_password_offline(programs, account, data, state.password)
        _start_detached(programs, account, data, state.port, home / "postgres.log")


def _copy_atomically(cluster: Path, data: Path, account: Account) -> None:
    """Copy a cluster, then rename it: a full disk or a killed run leaves no partial cluster."""
    partial = data.with_name(f"{data.name}.part")
    for folder in (partial, data):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        copy_cluster(cluster, partial, account)
        partial.rename(data)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def stop_local_server(home: Path, *, erase: bool) -> bool:
    """Stop the development server of a folder; returns False when none ran.

    `erase` removes its data, too.
    """
    data = data_folder(home, server_account(), cache_folder())
    stopped = stop_server(data)
    if erase:
        shutil.rmtree(data, ignore_errors=True)
    return stopped


def data_folder(home: Path, account: Account, cache: Path) -> Path:
    """The folder of a development cluster: in `home`, or in the cache.

    It is in the cache when the account cannot enter `home`, such as a checkout in root's home.
    """
    home = home.resolve()
    if account.can_read(home):
        return home / "postgres"
    return cache / f"development-{zlib.crc32(os.fsencode(home)):08x}"


def port_taken_error(port: int, home: Path) -> NoServer:
    """The error when the stored port is taken; `.env` files name it, so no other is chosen."""
    return NoServer(
        f"port {port}, the development server's, is taken by another program.",
        remedies=(
            f"lsof -i :{port}    (stop what listens there)",
            f"rm {home / 'server.json'}    (the server gets another port and keeps its data)",
        ),
    )


def _set_password_over_socket(folder: Path, port: int, password: str) -> str:
    """Set the superuser's password over the socket; returns the server's version."""
    socket = {"host": str(folder), "port": port, "user": SUPERUSER, "dbname": "postgres"}
    with connect_with_parameters(socket) as connection:
        connection.cursor().execute(set_password_sql(SUPERUSER, password))
        return version_text(connection)


def _set_password_offline(
    installation: Installation, account: Account, data: Path, password: str
) -> None:
    """Set the superuser's password in a stopped cluster, by single-user mode."""
    subprocess.run(
        [str(installation.program("postgres")), "--single", "-D", str(data), "postgres"],
        input=set_password_sql(SUPERUSER, password),
        text=True,
        capture_output=True,
        cwd="/",
        env=ENVIRONMENT,
        **account.run_as(),
    )


def _start_detached(
    installation: Installation, account: Account, data: Path, port: int, log: Path
) -> None:
    """Start a server that keeps running after this process; pg_ctl waits until it is ready."""
    options = f"-p {port} {' '.join(DEVELOPMENT_OPTIONS)}"
    with log.open("ab") as file:
        done = subprocess.run(
            [str(installation.program("pg_ctl")), "start", "-w", "-D", str(data), "-o", options],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            **account.run_as(),
        )
    if done.returncode != 0:
        raise start_error(installation.origin, log)
