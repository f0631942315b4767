"""`python -m scoreboard`: apply every mutant to the sample, run every judge, write the table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from scoreboard.edits import apply, copy_project
from scoreboard.memory import Remembering
from scoreboard.mutant import Kind, Mutant
from scoreboard.mutants import MUTANTS
from scoreboard.ours import rehearsal
from scoreboard.peers import AlembicCheck, PytestAlembic
from scoreboard.table import JUDGES, Row, page, said, totals
from scoreboard.verdict import Judge, Verdict

ROOT = Path(__file__).resolve().parents[2]
MEMORY = ROOT / ".nox" / "scoreboard-verdicts"
PAGE = ROOT / "docs" / "scoreboard.md"
UNBROKEN = Mutant("unbroken", "nothing", "U", (), Kind.HARMLESS)
ASK_AT_ONCE = os.cpu_count() or 1


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    unknown = set(options.mutants) - {each.id for each in MUTANTS}
    if unknown:
        print(f"scoreboard: no such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [each for each in MUTANTS if not options.mutants or each.id in options.mutants]
    MEMORY.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        for each in MEMORY.glob("*.json"):
            each.unlink()
    with throwaway_server("embedded", ServerNeeds()) as server:
        judges = _judges(server, options.peer)
        # The unbroken sample first: no judge may object to it.
        (unbroken,) = _ask([UNBROKEN], judges)
        if any(each.found or each.trouble for each in unbroken.verdicts):
            print("scoreboard: a judge objects to the unbroken sample", file=sys.stderr)
            return 1
        rows = _ask(chosen, judges)
        versions = (
            f"PostgreSQL {server.version}",
            *(f"{name} {version(name)}" for name in ("alembic", "sqlalchemy")),
            _pinned("pytest-alembic"),
        )
    if options.mutants:
        print("\n".join(totals(rows)))
    else:
        PAGE.write_text(page(rows, versions), encoding="utf-8")
        print("\n".join(totals(rows)) + f"\n\nwritten: {PAGE.relative_to(ROOT)}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s scoreboard --", description=__doc__)
    parser.add_argument("mutants", nargs="*", help="ids; default: all, into docs/scoreboard.md")
    parser.add_argument("--peer", type=Path, required=True, help="a Python that has pytest-alembic")
    parser.add_argument("--fresh", action="store_true", help="forget the others' verdicts")
    return parser.parse_args(arguments)


def _judges(server: Server, peer: Path) -> tuple[Judge, ...]:
    """The judges, in the order of `JUDGES`."""
    _, check, tests = JUDGES
    pins, on = ROOT / "constraints", f"on PostgreSQL {server.version}"
    return (
        rehearsal,
        Remembering(AlembicCheck(server), f"{check} {on}", pins / "dev.txt", MEMORY),
        Remembering(PytestAlembic(server, peer), f"{tests} {on}", pins / "peers.txt", MEMORY),
    )


def _ask(mutants: Sequence[Mutant], judges: Sequence[Judge]) -> list[Row]:
    """Run every judge on every mutant, one mutant per core; rows in the order of `mutants`."""
    with ThreadPoolExecutor(ASK_AT_ONCE) as pool:
        numbers = range(1, len(mutants) + 1)
        return list(
            pool.map(
                lambda mutant, number: _row(mutant, judges, f"{number}/{len(mutants)}"),
                mutants,
                numbers,
            )
        )


def _row(mutant: Mutant, judges: Sequence[Judge], number: str) -> Row:
    begun = time.perf_counter()
    row = Row(mutant, tuple(_verdict(judge, mutant) for judge in judges))
    verdicts = "; ".join(
        f"{name} {said(each)}" for name, each in zip(JUDGES, row.verdicts, strict=True)
    )
    seconds = time.perf_counter() - begun
    lines = [f"{number:>8}  {mutant.id:34} {verdicts}   {seconds:.1f} s"]
    lines += [f"          {each.trouble}" for each in row.verdicts if each.trouble]
    print("\n".join(lines), file=sys.stderr, flush=True)
    return row


def _verdict(judge: Judge, mutant: Mutant) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="scoreboard-") as name:
        folder = Path(name).resolve()
        copy_project(ROOT, folder, locked=mutant.locked)
        apply(mutant.edits, folder)
        return judge(folder)


def _pinned(package: str) -> str:
    """The package with its version in constraints/peers.txt."""
    lines = (ROOT / "constraints" / "peers.txt").read_text().splitlines()
    (pin,) = (line for line in lines if line.startswith(f"{package}=="))
    return pin.split()[0].replace("==", " ")


if __name__ == "__main__":
    sys.exit(main())
