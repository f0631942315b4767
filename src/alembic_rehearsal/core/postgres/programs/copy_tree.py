"""Fast copies of file trees: a cluster is about a thousand small files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.account import Account

CHUNK_BYTES = 1 << 30  # bytes per call of sendfile, which sends at most 2 GB


def copy_cluster(source: Path, target: Path, account: Account) -> None:
    """Copy a stopped cluster, with the account as owner; 30 ms for 24 MB in memory.

    Every folder gets mode 0700 and every file 0600, as PostgreSQL requires.  Each folder
    belongs to the account before it has contents, so that the account alone can remove an
    interrupted copy.
    """
    target.mkdir(mode=0o700)
    account.chown(target)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir():
                copy_cluster(Path(entry.path), target / entry.name, account)
            else:
                _copy_file(entry.path, f"{target}/{entry.name}", account)


def _copy_file(source: str, target: str, account: Account) -> None:
    reader = os.open(source, os.O_RDONLY)
    try:
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if account.switch:
                os.fchown(writer, account.uid, account.gid)
            _copy_bytes(reader, writer)
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def _copy_bytes(reader: int, writer: int) -> None:
    """Copy up to the end of the file, even when it is truncated during the copy."""
    if sys.platform == "linux":  # elsewhere sendfile writes to sockets only, or is not there
        offset = 0
        while sent := os.sendfile(writer, reader, offset, CHUNK_BYTES):
            offset += sent
        return
    with open(reader, "rb", closefd=False) as source, open(writer, "wb", closefd=False) as target:
        shutil.copyfileobj(source, target)


def copy_programs(root: Path, parts: tuple[str, ...], target: Path) -> None:
    """Copy those of the named folders of `root` that exist, readable for everyone."""
    for part in parts:
        if (root / part).is_dir():
            shutil.copytree(root / part, target / part, symlinks=True)
    for each in (target, *target.rglob("*")):
        if not each.is_symlink():
            executable = each.is_dir() or each.stat().st_mode & 0o100
            each.chmod(0o755 if executable else 0o644)
