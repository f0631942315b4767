"""Whole commands, from typing to the prompt: the rehearsal of the sample, `make migrate`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from timing import CHECKOUT, median, row, timed


def rehearsals(runs: int) -> None:
    """`rehearsal run` on the sample, the whole command."""
    runs = min(runs, 5)
    row("rehearsal run, the sample", median(lambda: command("rehearsal", "run"), runs), runs)


def migrations(runs: int) -> None:
    """`make migrate` on a clean clone, first cold, then warm; package caches are kept."""
    cold, warm = [], []
    for _ in range(2):
        with clean_clone() as clone:
            cold.append(timed(lambda: make(clone, "migrate")))
            warm += [timed(lambda: make(clone, "migrate")) for _ in range(min(runs, 5))]
            make(clone, "down")
    row("make migrate, clean clone", statistics.median(cold), len(cold))
    row("make migrate, nothing pending", statistics.median(warm), len(warm))


@contextmanager
def clean_clone() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
        yield clone


def make(folder: Path, *arguments: str) -> None:
    subprocess.run(["make", *arguments], cwd=folder, check=True, capture_output=True)


def command(name: str, *arguments: str) -> None:
    program = Path(sys.executable).parent / name
    subprocess.run([program, *arguments], cwd=CHECKOUT, check=True, capture_output=True)
