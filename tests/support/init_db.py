"""`scripts/init_db.py` as a deployment runs it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    task = start_init_db(*arguments, url=url, checkout=checkout, python=python, **variables)
    with task:
        try:
            out, err = task.communicate(timeout=TIMEOUT)
        finally:
            task.kill()
    return subprocess.CompletedProcess(task.args, task.returncode, out, err)


def start_init_db(
    *arguments: str | Path,
    url: str | None = None,
    checkout: Path = CHECKOUT,
    python: str | Path = sys.executable,
    **variables: str,
) -> subprocess.Popen[str]:
    """Start it; whoever calls waits for its end."""
    environ = {**plain_environment(), **variables}
    if url is not None:
        environ["DATABASE_URL"] = url
    return subprocess.Popen(
        [python, "scripts/init_db.py", *map(str, arguments)],
        cwd=checkout,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
