"""The operating system account that servers run under: PostgreSQL refuses to run as root.

Does not change the modes of folders that are not ours; only checks whether the account can
read them.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from alembic_rehearsal.core.values.errors import NoServer

CANDIDATES = ("postgres", "nobody")


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess.Popen` that start a program under another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that runs the server; `switch` says that it is not the current account."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run_as(self) -> RunAs:
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def chown(self, path: Path) -> None:
        """Make the account the owner of a file or folder that we made."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can_read(self, path: Path) -> bool:
        """Whether the account can enter every folder on the way to `path`, and read it."""
        if not self.switch:
            return os.access(path, os.R_OK)
        path = path.resolve()
        return self._has_permission(path, 0o4) and all(
            self._has_permission(each, 0o1) for each in path.parents
        )

    def _has_permission(self, path: Path, bit: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & (bit << 6))
        if status.st_gid == self.gid:
            return bool(status.st_mode & (bit << 3))
        return bool(status.st_mode & bit)


def server_account() -> Account:
    """The current account; for root, an unprivileged account of this machine.

    Raises `NoServer` when we are root and the machine has none of `CANDIDATES`.
    """
    if os.geteuid() != 0:
        return Account("", os.geteuid(), os.getegid(), switch=False)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise NoServer(
        f"none of the accounts {', '.join(CANDIDATES)} is on this machine.",
        why="PostgreSQL refuses to run as root.",
        remedies=("useradd --system postgres", "run the command as another user"),
    )
