"""The development server of a checkout: started on demand, and running until it is stopped.

All that is stored about it is in one folder, `home` (a checkout's `.rehearsal`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.clusters import SUPERUSER
from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.postgres.programs.passwords import new_password
from alembic_rehearsal.core.postgres.programs.postmaster import is_listening
from alembic_rehearsal.core.postgres.servers.by_url import server_from_url
from alembic_rehearsal.core.postgres.servers.choose import Search
from alembic_rehearsal.core.postgres.servers.docker import stop_docker_server
from alembic_rehearsal.core.postgres.servers.local import stop_local_server
from alembic_rehearsal.core.postgres.servers.parity import ServerSource, parity_note
from alembic_rehearsal.core.postgres.servers.ready import find_running_server
from alembic_rehearsal.core.postgres.servers.state import (
    PORTS,
    ServerState,
    forget_state,
    home_port,
    read_state,
    write_state,
)
from alembic_rehearsal.core.postgres.servers.throwaway import discard_progress
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, WrongServer
from alembic_rehearsal.core.values.progress import Tell

STOP_BY_KIND = {"local": stop_local_server, "docker": stop_docker_server}


def start_development_server(
    choice: str,
    wanted: ServerNeeds,
    home: Path,
    *,
    tell: Tell = discard_progress,
    disposable: bool = False,
) -> Server:
    """The development server of `home`, which is created or started if needed.

    It keeps its port and password over restarts; `choice` and `wanted` (see
    `throwaway_server`) have an effect only when it is created.  Two callers at the same time
    get the same server.  A URL in `choice` gives that server, and nothing is stored.

    Raises `NoServer` when it cannot be started or another program has its port, and
    `WrongServer` when it is older than production.
    """
    if "://" in choice:
        server = server_from_url(choice, disposable=disposable)
    else:
        make_home(home)
        with hold_file_lock(home / "lock"):
            state = read_state(home)
            server = (
                _create_server(choice, wanted, home, tell)
                if state is None
                else (
                    find_running_server(state) or _resume_server(choice, wanted, home, state, tell)
                )
            )
    if wanted.major and server.major < wanted.major:
        raise _too_old_error(server, wanted)
    return replace(server, note=parity_note(server.major, server.origin, wanted))


def find_development_server(home: Path) -> Server | None:
    """The development server of `home`, None when it does not answer; starts nothing."""
    state = read_state(home)
    return find_running_server(state) if state else None


def stop_development_server(home: Path, *, erase: bool = False) -> bool:
    """Stop the development server of `home`; returns False when none ran.

    `erase` also removes its data, and its stored port and password.
    """
    if not home.is_dir():
        return False
    with hold_file_lock(home / "lock"):
        state = read_state(home)
        stopped = STOP_BY_KIND[state.kind](home, erase=erase) if state else False
        if erase:
            forget_state(home)
    return stopped


def make_home(home: Path) -> None:
    """Create the folder of a development server, with a .gitignore for all of it.

    Raises `OSError` when that fails.
    """
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    ignored = home / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n")


def _create_server(choice: str, wanted: ServerNeeds, home: Path, tell: Tell) -> Server:
    def create(source: ServerSource) -> Server:
        state = ServerState(
            kind=source.kind,
            origin=source.offer.origin,
            major=source.offer.major,
            port=_free_home_port(home),
            user=SUPERUSER,
            password=new_password(),
        )
        return _start_server(source, home, state, tell)

    return Search(choice, wanted).start_first(create, tell)


def _resume_server(
    choice: str, wanted: ServerNeeds, home: Path, state: ServerState, tell: Tell
) -> Server:
    """Start the stored server with programs of its major: no other major can read its data."""
    search = Search("docker" if state.kind == "docker" else "auto", ServerNeeds(state.major))
    fit = [
        each
        for each in search.sources()
        if each.kind == state.kind and each.offer.major == state.major
    ]
    if not fit:
        raise NoServer(
            f"the development server ran on {state.origin}, which is no longer on this machine.",
            why=f"its data can only be read by PostgreSQL {state.major}.",
            remedies=(f"install PostgreSQL {state.major}", "make reset"),
        )
    return _start_server(fit[0], home, replace(state, origin=fit[0].offer.origin), tell)


def _start_server(source: ServerSource, home: Path, state: ServerState, tell: Tell) -> Server:
    source.start_development(home, state, tell)
    write_state(home, state)
    server = find_running_server(state)
    if server is None:
        raise NoServer(f"{state.origin} was started on port {state.port}, but does not answer.")
    return server


def _free_home_port(home: Path) -> int:
    ports = (home_port(home, attempt) for attempt in range(PORTS))
    return next(port for port in ports if not is_listening(port))


def _too_old_error(server: Server, wanted: ServerNeeds) -> WrongServer:
    return WrongServer(
        f"the development server runs PostgreSQL {server.major}, production {wanted.major}.",
        why="a schema of a newer major may not load into an older one.",
        remedies=("make reset",)
        if server.ours
        else (f"give the URL of a server with PostgreSQL {wanted.major}",),
    )
