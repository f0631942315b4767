"""The lock file of a history on disk: `history.lock` beside the snapshot, as TOML.

A revision is a block of its own, so that a pull request shows what it adds; two branches that
add one conflict in `heads`, as they would in the history.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.history.source_hash import SourceHash
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.values.atomic_write import replace_file
from alembic_rehearsal.core.values.errors import LockFileUnreadable
from alembic_rehearsal.core.values.quoting import toml_string
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState

FORMAT = 1  # of the file, and of the contents in it: a picture that learns more gets the next
_HEADING = """\
# What each revision means, and which objects it makes, changes ("content") or removes ("").
# Written by `rehearsal lock`, read by rehearsal-init and the checks H4, H6 and U14.
"""


def read_lock(path: Path) -> HistoryLock | None:
    """The lock file at `path`, None where there is none.

    Raises `LockFileUnreadable` for what is no lock file, such as one with a conflict of two
    branches in it, or was written by another version of the format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LockFileUnreadable(f"{path} cannot be read: {error}.") from error
    try:
        return _parse_lock(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        conflict = any(line.startswith("<<<<<<<") for line in text.splitlines())
        why = "two branches have added revisions: git left its conflict in it." if conflict else ""
        raise LockFileUnreadable(
            f"{path} is no lock file: {type(error).__name__}: {error}.",
            why=why,
            remedies=(
                *(("alembic merge -m 'join heads' heads   (first)",) if conflict else ()),
                "rehearsal lock   (writes it again)",
            ),
        ) from error


def write_lock(lock: HistoryLock, path: Path) -> None:
    """Write the lock file, put in place by rename.  Raises `OSError` as writing a file does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lock_text(lock))


# --- as text -----------------------------------------------------------------------------


def lock_text(lock: HistoryLock) -> str:
    """The file's text: the same for the same lock."""
    return "\n".join(_lines(lock)) + "\n"


def _lines(lock: HistoryLock) -> Iterator[str]:
    yield _HEADING
    yield f"format = {FORMAT}"
    yield f"postgres = {lock.major}"
    yield f"heads = {_toml_list(lock.heads)}"
    yield f"\n[start]\nat = {_toml_list(lock.start.stamp)}"
    yield from _object_lines("start", lock.start.objects)
    for each in lock.revisions:
        table = f"revisions.{toml_string(each.id)}"
        yield f"\n[{table}]"
        yield f"down = {_toml_list(each.down)}"
        if each.depends_on:
            yield f"depends_on = {_toml_list(each.depends_on)}"
        if each.source_hash:
            yield f"upgrade = {toml_string(each.source_hash.upgrade)}"
            yield f"downgrade = {toml_string(each.source_hash.downgrade)}"
            yield f"rest = {toml_string(each.source_hash.rest)}"
        yield from _object_lines(table, each.objects)
    for state in lock.production:
        yield f"\n[[production]]\nat = {_toml_list(state.stamp)}"
        yield from _object_lines("production", state.objects)


def _object_lines(table: str, objects: ObjectHashes) -> Iterator[str]:
    if objects:
        yield f"[{table}.objects]"
    for key, content in sorted(objects.items()):
        yield f"{toml_string(f'{key.kind}: {key.name}')} = {toml_string(content)}"


def _toml_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(toml_string, texts))}]"


# --- as values ---------------------------------------------------------------------------


def _parse_lock(table: Mapping[str, Any]) -> HistoryLock:
    if table["format"] != FORMAT:
        raise ValueError(f"its format is {table['format']}, and this version reads {FORMAT}")
    return HistoryLock(
        major=int(table["postgres"]),
        heads=_parse_texts(table["heads"]),
        revisions=tuple(
            _parse_revision(id, each) for id, each in table.get("revisions", {}).items()
        ),
        start=_parse_state(table["start"]),
        production=tuple(_parse_state(each) for each in table.get("production", ())),
    )


def _parse_revision(id: str, table: Mapping[str, Any]) -> LockedRevision:
    meaning = None
    if "upgrade" in table:
        meaning = SourceHash(str(table["upgrade"]), str(table["downgrade"]), str(table["rest"]))
    return LockedRevision(
        id,
        _parse_texts(table["down"]),
        _parse_texts(table.get("depends_on", ())),
        meaning,
        _parse_objects(table),
    )


def _parse_state(table: Mapping[str, Any]) -> LockedState:
    return LockedState(_parse_texts(table["at"]), _parse_objects(table))


def _parse_objects(table: Mapping[str, Any]) -> ObjectHashes:
    found = {}
    for text, content in table.get("objects", {}).items():
        kind, colon, name = text.partition(": ")
        if not colon or not isinstance(content, str):
            raise ValueError(f"{text!r} is no object of a schema")
        found[Key(kind, name)] = content
    return found


def _parse_texts(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{values!r} should be a list")
    return tuple(str(each) for each in values)
