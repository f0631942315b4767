"""A small shell that outlives its owner, and takes a throwaway server down after it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.account import Account
from alembic_rehearsal.core.postgres.programs.reaper import start_reaper

# Whoever makes the file `pid` first decides whether there is a server: the shell that then
# becomes postgres (GUARD), or the watchdog, after which none can start in this folder.
START_SCRIPT = 'set -C; echo $$ >"$0" && exec "$@"'
# A server has ended when its number is free, or when the postmaster.pid that it had is gone:
# the number of an orphan stays taken until the system's first process looks after it.
WATCHDOG_SCRIPT = """
set -C
trap '' INT TERM HUP
while read -r _; do :; done
cd "$1" 2>/dev/null || exit 0
if ! (: >pid) 2>/dev/null; then
    until pid=$(cat pid) && [ -n "$pid" ]; do sleep 0.01; done
    started=no turns=0
    [ -e data/postmaster.pid ] && started=yes
    kill -QUIT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do
        if [ -e data/postmaster.pid ]; then
            started=yes
        elif [ "$started" = yes ]; then
            break
        fi
        [ "$turns" -lt 500 ] || kill -KILL "$pid" 2>/dev/null
        [ "$turns" -lt 600 ] || break
        turns=$((turns + 1))
        sleep 0.01
    done
fi
cd /
turns=0
until rm -rf "$1" || [ "$turns" -ge 100 ]; do
    turns=$((turns + 1))
    sleep 0.05
done
"""
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A watched folder, and what was started in it under the account."""

    path: Path
    account: Account
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.path / "log"

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a server that will not outlive us; what it prints goes to `log`.

        One at a time: the one before must have ended and been waited for.
        """
        (self.path / "pid").unlink(missing_ok=True)
        with self.log.open("wb") as log:
            server = subprocess.Popen(
                ["/bin/sh", "-c", START_SCRIPT, str(self.path / "pid"), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                **self.account.run_as(),
            )
        self.servers.append(server)
        return server


@contextmanager
def watched_folder(path: Path, account: Account) -> Iterator[WatchedFolder]:
    """Make `folder` and own it, with the server in it; both are gone afterwards.

    The watchdog runs before the folder is made, so that there is no moment at which the
    owner's end would leave something behind.
    """
    reaper = start_reaper(
        ["/bin/sh", "-c", WATCHDOG_SCRIPT, "watchdog", str(path)],
        cwd="/",
        env=ENVIRONMENT,
        **account.run_as(),
    )
    watch = WatchedFolder(path, account)
    try:
        path.mkdir(mode=0o700)
        account.chown(path)
        yield watch
    finally:
        reaper.release()
        for server in watch.servers:
            server.wait()  # the watchdog waits until its number is free again
        reaper.wait()
