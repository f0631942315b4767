"""The watchdog: a shell script that stops a throwaway server after its owner has ended.

It also removes the server's folder.  It works after `kill -9` of the owner, too.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.account import Account
from alembic_rehearsal.core.postgres.programs.reaper import start_reaper

# The first to create the file `pid` decides whether there is a server: the shell that then
# becomes postgres (START_SCRIPT), or the watchdog, after which no server can start here.
START_SCRIPT = 'set -C; echo $$ >"$0" && exec "$@"'
# A server has ended when its process id is free, or when the postmaster.pid that it wrote is
# gone: the process id of an orphan stays taken until process 1 has waited for it.
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
    """A folder with a watchdog, and the servers that were started in it under the account."""

    path: Path
    account: Account
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.path / "log"

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a server that ends with this process; its output goes to `log`.

        One at a time: the previous server must have ended, and its process been waited for.
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
    """Create a folder for a server; after the block both the server and the folder are gone.

    The watchdog is started before the folder is created, so that nothing is left behind
    whenever this process ends.
    """
    reaper = start_reaper(
        ["/bin/sh", "-c", WATCHDOG_SCRIPT, "watchdog", str(path)],
        cwd="/",
        env=ENVIRONMENT,
        **account.run_as(),
    )
    folder = WatchedFolder(path, account)
    try:
        path.mkdir(mode=0o700)
        account.chown(path)
        yield folder
    finally:
        reaper.release()
        for server in folder.servers:
            server.wait()  # the watchdog waits until the process id is free again
        reaper.wait()
