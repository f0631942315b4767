"""Benchmarks of this machine: medians of several runs, and ratios to other tools.

`nox -s bench` runs them; `docs/performance.md` has measured values.  No result is kept.
Times on a busy machine mean little; ratios within one run mean more.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import commands
import drifts
import engine
import likeness
import pictures
import real
import servers
import snapshots

PARTS = (
    "servers",
    "clones",
    "rehearsals",
    "pictures",
    "snapshots",
    "drifts",
    "likeness",
    "engine",
    "real",
    "migrations",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; default: all")
    parser.add_argument("--runs", type=int, default=7, help="runs of what takes under a second")
    parser.add_argument(
        "--skip-cold",
        action="store_true",
        help="leave out the clean clone: it needs a registry",
    )
    parser.add_argument("--peer", type=Path, help="a python that has pytest-alembic")
    parser.add_argument("--real", type=Path, help="environments of real projects")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    wanted = set(options.parts or PARTS) - ({"migrations"} if options.skip_cold else set())
    if options.real is None:
        wanted -= {"real"}
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; medians in seconds\n")
    print(f"{'what':<52}{'median':>8}{'runs':>6}   against")
    parts = {
        "servers": lambda: servers.servers(options.runs),
        "clones": lambda: servers.clones(options.runs),
        "rehearsals": lambda: commands.rehearsals(options.runs),
        "pictures": lambda: pictures.pictures(options.runs),
        "snapshots": lambda: snapshots.snapshots(options.runs),
        "drifts": lambda: drifts.drifts(options.runs),
        "likeness": lambda: likeness.likenesses(options.runs),
        "engine": lambda: engine.measure(options.peer),
        "real": lambda: real.measure(options.real),
        "migrations": lambda: commands.migrations(options.runs),
    }
    for name in PARTS:
        if name in wanted:
            parts[name]()


if __name__ == "__main__":
    main()
