"""The folders that servers use: the cache, and throwaway folders, in memory if there is room."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.account import Account
from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.values.errors import NoServer

NEEDED_BYTES = 512 * 1024 * 1024  # bytes that must be free where a throwaway server is put
MAX_SOCKET_PATH = 103  # bytes of a socket's path: sun_path holds 104 on macOS, 108 on Linux
_SOCKET_NAME = len("/.s.PGSQL.65535")


def cache_folder() -> Path:
    """The folder for files that are kept between runs; it is created if needed.

    For root it is a folder outside root's home, because the server's account cannot enter
    root's home.

    Raises `NoServer` when it cannot be created, belongs to another account, or is writable
    for others.
    """
    folder = _cache_path()
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise NoServer(
            f"the cache folder {folder} cannot be made: {error.strerror}.",
            remedies=("set REHEARSAL_CACHE to a folder that can be written",),
        ) from error
    status = folder.lstat()
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not ours or status.st_mode & 0o022:
        raise NoServer(
            f"the cache folder {folder} can be written by others.",
            why="programs and clusters are started from it.",
            remedies=(f"remove {folder}", "set REHEARSAL_CACHE to another folder"),
        )
    return folder


def _cache_path() -> Path:
    given = environment().get("REHEARSAL_CACHE")
    if given:
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/var/tmp/alembic-rehearsal-0")
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/alembic-rehearsal"
    home = environment().get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "alembic-rehearsal"


@contextmanager
def hold_file_lock(
    path: Path, *, when_waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold an exclusive file lock for the block; it ends with this process at the latest.

    `when_waiting` is called once if another process holds the lock.
    """
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            when_waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def throwaway_path(account: Account) -> Path:
    """A path for a throwaway server's folder: in memory if there is room.

    Creates nothing.  No file has this path yet, and it is short enough for a socket in it.
    Raises `NoServer` when no candidate has room and can be entered by the account.
    """
    name = f"ar-{secrets.token_hex(5)}"
    rejected: list[str] = []
    for place in (Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        path = place / name
        if not os.access(place, os.W_OK | os.X_OK) or not account.can_read(place):
            rejected.append(f"{place}: not there, or cannot be written")
        elif shutil.disk_usage(place).free < NEEDED_BYTES:
            rejected.append(f"{place}: less than {NEEDED_BYTES // 1024**2} MB free")
        elif len(os.fsencode(path)) + _SOCKET_NAME > MAX_SOCKET_PATH:
            rejected.append(f"{place}: too long a path for a socket")
        else:
            return path
    raise NoServer(
        "there is no folder for a throwaway server.",
        why="; ".join(rejected),
        remedies=("free some space", "set TMPDIR to a folder with room"),
    )
