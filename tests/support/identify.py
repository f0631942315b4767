"""`rehearsal identify`: its text and its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.cli import rehearsal


def identify(folder: Path, what: str | Path, *options: str) -> tuple[int, str]:
    done = rehearsal("identify", what, *options, folder=folder)
    return done.returncode, done.stdout + done.stderr


def as_data(folder: Path, what: str | Path) -> dict[str, Any]:
    done = rehearsal("identify", what, "--format", "json", folder=folder)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
