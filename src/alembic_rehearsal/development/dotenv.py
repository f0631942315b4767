"""One variable in a `.env` file, set without touching anything else that stands there."""

from __future__ import annotations

import os
import re
from pathlib import Path

from alembic_rehearsal.core.values.atomic_write import READABLE_BY_OWNER, replace_file


def set_variable(path: Path, name: str, value: str) -> None:
    """Write `name=value`; comments, order and every other line stay as they are.

    The file is replaced by one that nobody else can read, in one step: after an
    `OSError`, a full disk's for one, the old one is still there.
    """
    path = path.resolve()
    text = _read(path) if path.exists() else ""
    content = os.fsencode(text_with_variable(text, name, value))
    part = path.with_name(f"{path.name}.new")
    replace_file(path, content, mode=READABLE_BY_OWNER, part=part)


def text_with_variable(text: str, name: str, value: str) -> str:
    """The text with the variable set where it stood first, or at the end.

    `export NAME=...` is recognised and stays an export; further lines that set it go, since
    the last one would count.
    """
    setting = re.compile(rf"\s*(?P<export>export\s+)?{re.escape(name)}\s*=")
    lines: list[str] = []
    is_set = False
    for line in text.splitlines(keepends=True):
        found = setting.match(line)
        if found is None:
            lines.append(line)
        elif not is_set:
            lines.append(f"{found['export'] or ''}{name}={value}\n")
            is_set = True
    if not is_set:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        lines.append(f"{name}={value}\n")
    return "".join(lines)


def _read(path: Path) -> str:
    return os.fsdecode(path.read_bytes())
