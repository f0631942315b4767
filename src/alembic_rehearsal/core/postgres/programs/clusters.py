"""A cache of initialised clusters: a new server starts from a copy of one.

The cache also holds copies of programs that the server's account cannot read in their
original folder.  Starts no server.
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
from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.postgres.programs.installations import Installation
from alembic_rehearsal.core.values.errors import NoServer

FORMAT = "1"  # raise it when cache entries are built in another way
SUPERUSER = "postgres"
KEEP_SECONDS = 30 * 24 * 3600  # seconds that an unused cache entry is kept

# A server with disposable data needs no durability (PostgreSQL manual, Non-Durable Settings).
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
# Trust is for the Unix socket only; it is in a folder that only the server's account can enter.
PG_HBA = """
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def ensure_readable(installation: Installation, account: Account, cache: Path) -> Installation:
    """The same programs in a folder that the account can read: copied to the cache if needed.

    Raises `NoServer` when they cannot be copied.
    """
    postgres = installation.program("postgres")
    if account.can_read(postgres):
        return installation
    key = _cache_key(str(installation.bindir), installation.version, _mtime_and_size(postgres))

    def build(folder: Path) -> None:
        copy_programs(installation.root, installation.parts, folder)

    root = _cache_entry(cache, f"programs-{key}", build)
    return replace(
        installation, bindir=root / installation.bindir.relative_to(installation.root), root=root
    )


def cached_cluster(installation: Installation, account: Account, cache: Path) -> Path:
    """An initialised, stopped cluster for these programs; copy it, never start it.

    Raises `NoServer` with initdb's error output when initdb fails.
    """
    changed = _mtime_and_size(installation.program("postgres"))
    key = _cache_key(str(installation.bindir), installation.version, changed, str(account.uid))

    def build(folder: Path) -> None:
        account.chown(folder)
        _run_initdb(installation, account, folder / "data")

    return _cache_entry(cache, f"cluster-{key}", build) / "data"


def _cache_key(*parts: str) -> str:
    return hashlib.sha256("\n".join((FORMAT, SETTINGS, PG_HBA, *parts)).encode()).hexdigest()[:16]


def _mtime_and_size(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _cache_entry(cache: Path, name: str, build: Callable[[Path], None]) -> Path:
    """A cache entry, built by one process at a time and renamed into place when complete."""
    entry = cache / name
    if not entry.exists():
        with hold_file_lock(cache / f"{name}.lock"):
            if not entry.exists():
                _build_entry(entry, build)
                _remove_unused(cache)
    os.utime(entry)
    return entry


def _build_entry(entry: Path, build: Callable[[Path], None]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=entry.parent))
    try:
        folder.chmod(0o755)
        build(folder)
        folder.rename(entry)
    except OSError as error:
        raise NoServer(
            f"{entry.name} cannot be made in {entry.parent}: {error.strerror}.",
            remedies=("free some space", "set REHEARSAL_CACHE to a folder with room"),
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_unused(cache: Path) -> None:
    """Remove cache entries that no run has used for `KEEP_SECONDS`."""
    oldest = time.time() - KEEP_SECONDS
    for pattern in ("cluster-*", "programs-*", "building-*"):
        for entry in cache.glob(pattern):
            if entry.is_dir() and entry.stat().st_mtime < oldest:
                shutil.rmtree(entry, ignore_errors=True)


def _run_initdb(installation: Installation, account: Account, data: Path) -> None:
    error = ""
    for locale in _locales(installation.major):
        done = _run_program(installation, account, "initdb", "-D", str(data), *_INITDB, *locale)
        if done.returncode == 0:
            break
        error = done.stderr.strip()
        shutil.rmtree(data, ignore_errors=True)
    else:
        raise NoServer(f"initdb of {installation.origin} failed.", why=error)
    if installation.program("pg_resetwal").exists():  # minimal packages do not have it
        # Leaves one WAL segment instead of seven to copy.
        _run_program(installation, account, "pg_resetwal", "-D", str(data))
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)
    (data / "pg_hba.conf").write_text(PG_HBA)


_INITDB = (
    *("--username", SUPERUSER),
    *("--encoding", "UTF8"),
    *("--auth-local", "trust"),
    *("--auth-host", "scram-sha-256"),
    *("--wal-segsize", "1"),
    "--no-sync",
)


def _locales(major: int) -> tuple[tuple[str, ...], ...]:
    """initdb's locale options to try, best first: C.UTF-8, from 17 on PostgreSQL's builtin one."""
    if major >= 17:
        return (("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),)
    return (("--locale=C.UTF-8",), ("--no-locale",))


def _run_program(
    installation: Installation, account: Account, name: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installation.program(name)), *arguments],
        capture_output=True,
        text=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        **account.run_as(),
    )
