"""A text that takes a file's place by rename, when it is whole; two writers never share one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_part_file(path: Path, text: str) -> Iterator[Path]:
    """The text in a file beside `path`, gone after the block unless it was renamed.

    Its name is its own: whoever writes the same file at the same moment has another one.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part")
    try:
        part.write_text(text, encoding="utf-8")
        yield part
    finally:
        part.unlink(missing_ok=True)
