"""Which revision a database is at, found in its lock file, beside reading that file."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from timing import median, row

from alembic_rehearsal.core.schema.object_hashes import ObjectHashes
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.identify.match import match_schema
from alembic_rehearsal.lockfile.files import read_lock, write_lock
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState

# In a fresh process: what identifying adds to the peak of having read the file.
MEASURE = """
import re, sys
from pathlib import Path
from alembic_rehearsal.identify.match import match_schema
from alembic_rehearsal.lockfile.files import read_lock
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
lock = read_lock(Path(sys.argv[1]))
there = {key: text for each in lock.revisions for key, text in each.objects.items()}
before = peak()
match_schema(lock, there, {})
print(before, peak())
"""


def likenesses(runs: int) -> None:
    """A long line and a wide fork; the database has an object that neither knows."""
    few = min(runs, 3)
    for what, lock in shapes():
        there = {**whole(lock), Key("index", "public.by_hand"): "f" * 16}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "history.lock")
            write_lock(lock, path)
            reading = median(lambda path=path: read_lock(path), few)
            found = median(lambda lock=lock, there=there: match_schema(lock, there, {}), few)
            row(what, found, few, reading, "reading the lock file")
            told = [sys.executable, "-c", MEASURE, str(path)]
            said = subprocess.run(told, check=True, capture_output=True, text=True).stdout
            before, after = (int(each) / 1024 for each in re.findall(r"\d+", said))
            print(f"  peak memory: {after:.0f} MiB, {before:.0f} MiB when the file was read")


def shapes() -> Iterator[tuple[str, HistoryLock]]:
    line = [revision(f"r{at}", f"r{at - 1}" if at else "", at, 20) for at in range(1_000)]
    yield "nearest of 1 000 revisions, 20 000 objects", locked(line)
    fork = [
        revision(f"b{branch}_{at}", f"b{branch}_{at - 1}" if at else "", 6 * branch + at, 300)
        for at in range(6)
        for branch in range(6)
    ]
    yield "nearest of 4 096 stamps of a fork, 10 800 objects", locked(fork)


def revision(id: str, parent: str, number: int, count: int) -> LockedRevision:
    keys = [Key("table", f"public.t{number}")]
    keys += [Key("column", f"public.t{number}.c{each}") for each in range(1, count)]
    objects = {key: f"{number:08x}{each:08x}" for each, key in enumerate(keys)}
    return LockedRevision(id, (parent,) if parent else (), (), None, objects)


def locked(revisions: list[LockedRevision]) -> HistoryLock:
    return HistoryLock(18, (), tuple(revisions), LockedState((), {}))


def whole(lock: HistoryLock) -> ObjectHashes:
    return {key: text for each in lock.revisions for key, text in each.objects.items()}
