"""What is remembered of a checkout's development server: `server.json` in its folder."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

FIRST_PORT, PORTS = 15432, 10000  # below the range that outgoing connections draw from


@dataclass(frozen=True, slots=True)
class ServerState:
    """A development server, running or not; where its data lies follows from its folder.

    `kind` says which sort of source runs it ("local", "docker"), `origin` which one, in
    people's words, `major` which sources can take it over.
    """

    kind: str
    origin: str
    major: int
    port: int
    user: str
    password: str = field(repr=False)


def read_state(home: Path) -> ServerState | None:
    """The remembered server, None where there is none or the file is not ours to understand."""
    try:
        known = json.loads(_state_path(home).read_text())
        return ServerState(**{each.name: known[each.name] for each in fields(ServerState)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_state(home: Path, state: ServerState) -> None:
    """Remember, readable for nobody else: it holds the password."""
    new = _state_path(home).with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=2)
    new.replace(_state_path(home))


def forget_state(home: Path) -> None:
    _state_path(home).unlink(missing_ok=True)


def home_port(home: Path, attempt: int = 0) -> int:
    """The port that a checkout asks for first: its own, always the same; `turn` gives others."""
    return FIRST_PORT + (zlib.crc32(os.fsencode(home.resolve())) + attempt) % PORTS


def _state_path(home: Path) -> Path:
    return home / "server.json"
