"""A `.env` file as a dictionary; it changes no environment variable."""

from __future__ import annotations

from pathlib import Path


def read_env_file(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of `path`; nothing where there is no such file.

    `export NAME=value`, blank lines and lines that start with `#` are understood.  One
    pair of quotes around a value is taken off; `%`, `$` and `#` in it mean themselves.
    """
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    assignments = (line.removeprefix("export ") for line in lines if not line.startswith("#"))
    pairs = (line.partition("=") for line in assignments if "=" in line)
    return {name.strip(): _unquoted(value.strip()) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
