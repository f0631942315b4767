"""Initialised clusters, made once and kept: a new server starts from a copy of one.

Keeps them, and copies of programs that the server's account could not reach, under the
cache folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.account import Account
from alembic_rehearsal.core.postgres.programs.copy_tree import copy_programs
from alembic_rehearsal.core.postgres.programs.folders import locked
from alembic_rehearsal.core.postgres.programs.installations import Installation
from alembic_rehearsal.core.values.errors import NoServer

FORMAT = "1"  # raise it when what is cached is made in another way
SUPERUSER = "postgres"
KEPT = 30 * 24 * 3600  # seconds that an unused entry stays

# Durability is worth nothing on a server whose data is disposable; what is said of
# each setting's cost was measured, and stands in the manual under "Non-Durable Settings".
SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
autovacuum = off
jit = off
dynamic_shared_memory_type = mmap
shared_buffers = 128MB
max_locks_per_transaction = 256
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
logging_collector = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
"""
# Trust is for the socket alone, which lies in a folder that only its owner can enter.
ACCESS = """
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def readable(programs: Installation, account: Account, cache: Path) -> Installation:
    """The same programs where the account can reach them, copied once if they are not."""
    postgres = programs.program("postgres")
    if account.can_read(postgres):
        return programs
    key = _key(str(programs.bindir), programs.version, _changed(postgres))

    def build(folder: Path) -> None:
        copy_programs(programs.root, programs.parts, folder)

    root = _kept(cache, f"programs-{key}", build)
    return replace(programs, bindir=root / programs.bindir.relative_to(programs.root), root=root)


def cached_cluster(programs: Installation, account: Account, cache: Path) -> Path:
    """An initialised, stopped cluster for these programs, to be copied and never started.

    Raises `NoServer` with initdb's own words where it fails.
    """
    changed = _changed(programs.program("postgres"))
    key = _key(str(programs.bindir), programs.version, changed, str(account.uid))

    def build(folder: Path) -> None:
        account.own(folder)
        _initialise(programs, account, folder / "data")

    return _kept(cache, f"cluster-{key}", build) / "data"


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join((FORMAT, SETTINGS, ACCESS, *parts)).encode()).hexdigest()[:16]


def _changed(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _kept(cache: Path, name: str, build: Callable[[Path], None]) -> Path:
    """An entry of the cache, built by one process at a time and moved in when it is whole."""
    entry = cache / name
    if not entry.exists():
        with locked(cache / f"{name}.lock"):
            if not entry.exists():
                _build(entry, build)
                _forget_unused(cache)
    os.utime(entry)
    return entry


def _build(entry: Path, build: Callable[[Path], None]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=entry.parent))
    try:
        folder.chmod(0o755)
        build(folder)
        folder.rename(entry)
    except OSError as error:
        raise NoServer(
            f"{entry.name} cannot be made in {entry.parent}: {error.strerror}.",
            ways_out=("free some space", "set REHEARSAL_CACHE to a folder with room"),
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_unused(cache: Path) -> None:
    """Remove what no run has asked for in a month: clusters of programs that are gone."""
    oldest = time.time() - KEPT
    for pattern in ("cluster-*", "programs-*", "building-*"):
        for entry in cache.glob(pattern):
            if entry.is_dir() and entry.stat().st_mtime < oldest:
                shutil.rmtree(entry, ignore_errors=True)


def _initialise(programs: Installation, account: Account, data: Path) -> None:
    failed = ""
    for locale in _locales(programs.major):
        done = _run(programs, account, "initdb", "-D", str(data), *_INITDB, *locale)
        if done.returncode == 0:
            break
        failed = done.stderr.strip()
        shutil.rmtree(data, ignore_errors=True)
    else:
        raise NoServer(f"initdb of {programs.origin} failed.", why=failed)
    if programs.program("pg_resetwal").exists():  # some packages have the least that runs
        _run(programs, account, "pg_resetwal", "-D", str(data))  # one WAL segment, not seven
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)
    (data / "pg_hba.conf").write_text(ACCESS)


_INITDB = (
    *("--username", SUPERUSER),
    *("--encoding", "UTF8"),
    *("--auth-local", "trust"),
    *("--auth-host", "scram-sha-256"),
    *("--wal-segsize", "1"),
    "--no-sync",
)


def _locales(major: int) -> tuple[tuple[str, ...], ...]:
    """initdb's options, the best first: C.UTF-8 everywhere, by PostgreSQL itself from 17 on."""
    if major >= 17:
        return (("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),)
    return (("--locale=C.UTF-8",), ("--no-locale",))


def _run(
    programs: Installation, account: Account, name: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(programs.program(name)), *arguments],
        capture_output=True,
        text=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        **account.run_as(),
    )
