"""The `rehearsal` command as people type it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from support import preloaded

REHEARSAL = str(Path(sys.executable).with_name("rehearsal"))
TIMEOUT = 120.0  # seconds


def plain_environment() -> dict[str, str]:
    """This process's environment without a DATABASE_URL."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def rehearsal(
    *arguments: str | Path,
    folder: Path,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `rehearsal` in `folder`, with no DATABASE_URL unless `variables` has one."""
    return preloaded.run(
        "alembic_rehearsal.cli.rehearsal:main",
        [REHEARSAL, *map(str, arguments)],
        cwd=folder,
        env={**plain_environment(), **(variables or {})},
        timeout=TIMEOUT,
    )
