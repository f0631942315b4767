"""A `.env` file: its variables read, or one of them set while every other line stays.

It changes no environment variable.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from alembic_rehearsal.core.values.atomic_write import READABLE_BY_OWNER, replace_file

_ASSIGNMENT = re.compile(r"\s*(?P<export>export\s+)?(?P<name>[^\s=#]+)\s*=(?P<value>.*)")


def read_variables(path: Path) -> dict[str, str]:
    """The `NAME=value` lines; `{}` where there is no such file.

    `export NAME=...` is recognised, and quotes around a value are removed.  Where several
    lines set a variable, the last one counts.
    """
    if not path.is_file():
        return {}
    found = (_ASSIGNMENT.match(line) for line in _read(path).splitlines())
    return {each["name"]: each["value"].strip().strip("\"'") for each in found if each}


def set_variable(path: Path, name: str, value: str) -> None:
    """Write `name=value`; comments, order and every other line stay as they are.

    The file is replaced in one step by one that only its owner can read.  After an `OSError`,
    such as that of a full disk, the old file is still there.
    """
    path = path.resolve()
    text = _read(path) if path.exists() else ""
    content = os.fsencode(text_with_variable(text, name, value))
    part = path.with_name(f"{path.name}.new")
    replace_file(path, content, mode=READABLE_BY_OWNER, part=part)


def text_with_variable(text: str, name: str, value: str) -> str:
    """The text with the variable set in the first line that sets it, or else in a new last line.

    `export NAME=...` is recognised and stays an export.  Further lines that set the variable
    are removed, because the last one would count.
    """
    lines: list[str] = []
    is_set = False
    for line in text.splitlines(keepends=True):
        found = _ASSIGNMENT.match(line)
        if found is None or found["name"] != name:
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
