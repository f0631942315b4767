"""The stored state of a checkout's development server: `server.json` in its folder."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from alembic_rehearsal.core.values.atomic_write import replace_file

FIRST_PORT, PORTS = 15432, 10000  # below the ephemeral ports, which outgoing connections use


@dataclass(frozen=True, slots=True)
class ServerState:
    """A development server, running or not; its data folder is computed from `home`.

    `kind` is the kind of source that runs it ("local", "docker"), `origin` the source's name in
    messages, `major` the major that a source needs to start it again.
    """

    kind: str
    origin: str
    major: int
    port: int
    user: str
    password: str = field(repr=False)


def read_state(home: Path) -> ServerState | None:
    """The stored state, None when there is none or the file cannot be understood."""
    try:
        known = json.loads(_state_path(home).read_text())
        return ServerState(**{each.name: known[each.name] for each in fields(ServerState)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_state(home: Path, state: ServerState) -> None:
    """Store the state, readable for this account only, because it holds the password."""
    replace_file(_state_path(home), json.dumps(asdict(state), indent=2), mode=0o600)


def forget_state(home: Path) -> None:
    _state_path(home).unlink(missing_ok=True)


def home_port(home: Path, attempt: int = 0) -> int:
    """The port that a checkout tries first, computed from its path; `attempt` gives others."""
    return FIRST_PORT + (zlib.crc32(os.fsencode(home.resolve())) + attempt) % PORTS


def _state_path(home: Path) -> Path:
    return home / "server.json"
