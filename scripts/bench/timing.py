"""Clocks, and rows of the printed table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
Timed = Callable[[], None]


def timed(work: Timed) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def median(work: Timed, runs: int) -> float:
    return statistics.median(timed(work) for _ in range(runs))


def median_until(work: Callable[[], float], runs: int) -> float:
    """The median time until the moment that `work` returns; its cleaning up does not count."""
    seen = []
    for _ in range(runs):
        begun = time.perf_counter()
        seen.append(work() - begun)
    return statistics.median(seen)


def row(what: str, seconds: float, runs: int, peer: float | None = None, name: str = "") -> None:
    against = f"{seconds / peer:.2f} x {name}" if peer else ""
    print(f"{what:<52}{seconds:>8.3f}{runs:>6}   {against}", flush=True)
