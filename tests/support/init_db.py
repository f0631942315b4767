"""`scripts/init_db.py` as a deployment runs it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support import preloaded
from support.cli import TIMEOUT, plain_environment
from support.projects import ENV_PY

CHECKOUT = Path(__file__).resolve().parents[2]
EACH_ALONE = ENV_PY.replace(
    "connection=connection", "connection=connection, transaction_per_migration=True"
)


def init_db(
    *arguments: str | Path,
    url: str | None = None,
    checkout: Path = CHECKOUT,
    python: str | Path = sys.executable,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run the initializer of a checkout to its end, with this DATABASE_URL or with none."""
    return preloaded.run(
        preloaded.SCRIPT,
        [str(python), "scripts/init_db.py", *map(str, arguments)],
        cwd=checkout,
        env=_environment(url, variables),
        timeout=TIMEOUT,
    )


def start_init_db(
    *arguments: str | Path,
    url: str | None = None,
    checkout: Path = CHECKOUT,
    python: str | Path = sys.executable,
    **variables: str,
) -> subprocess.Popen[str]:
    """Start it; whoever calls waits for its end."""
    return subprocess.Popen(
        [python, "scripts/init_db.py", *map(str, arguments)],
        cwd=checkout,
        env=_environment(url, variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _environment(url: str | None, variables: dict[str, str]) -> dict[str, str]:
    named = {} if url is None else {"DATABASE_URL": url}
    return {**plain_environment(), **variables, **named}
