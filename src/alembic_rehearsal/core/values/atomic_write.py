"""The one writer of files that are replaced in a single step.

The new content is written to a part file in the same folder, which is then renamed over the
target, so that a reader sees either the old content or the new one.  It does not call fsync: a
power failure may lose the new content.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READABLE_BY_OWNER = 0o600


def replace_file(
    path: Path, content: str | bytes, *, mode: int = 0o666, part: Path | None = None
) -> None:
    """Replace a file, or create it; text is written as UTF-8, without changing its newlines.

    `mode` holds the permissions of the new file, from which the umask is subtracted.  `part` is
    the part file; by default its name is random, so that two processes that write the same file
    never share one.

    Raises `OSError`, for example for a full disk; the old file is unchanged then.
    """
    with write_part_file(path, content, mode=mode, part=part) as written:
        written.replace(path)


@contextmanager
def write_part_file(
    path: Path,
    content: str | bytes,
    *,
    mode: int = 0o666,
    part: Path | None = None,
    keep_on_error: bool = False,
) -> Iterator[Path]:
    """Write the part file for `path`, for a block that has work to do before it renames it.

    After the block the part file is removed, unless it was renamed.  With `keep_on_error` it
    remains when the block raises.  `mode` and `part` are those of `replace_file`; a given `part`
    that exists already is replaced.  Raises `OSError`; no part file is left then.
    """
    if part is None:
        part = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part")
    else:
        part.unlink(missing_ok=True)
    keep = False
    try:
        _create(part, content.encode() if isinstance(content, str) else content, mode)
        keep = keep_on_error
        yield part
        keep = False
    finally:
        if not keep:
            part.unlink(missing_ok=True)


def _create(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
