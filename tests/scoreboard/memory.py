"""Verdicts of the other judges, remembered: they depend only on what these read.

Ours is never remembered: it is what changes from one run of the table to the next.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from scoreboard.verdict import Judge, Verdict

READ_BY_PEERS = ("alembic", "alembic.ini", "src/api")
HERE = Path(__file__).parent
SETUP = (HERE / "peers.py", HERE / "peer")


@dataclass(frozen=True, slots=True)
class Remembering:
    """A judge that is asked once about each project; `versions` is the file of its pins,
    `memory` a folder.  `name` says who it is, and on which server."""

    judge: Judge
    name: str
    versions: Path
    memory: Path

    def __call__(self, folder: Path) -> Verdict:
        read = [folder / each for each in READ_BY_PEERS]
        digest = hashlib.sha256(self.name.encode())
        for root in (*read, *SETUP, self.versions):
            for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
                if path.is_file() and path.suffix != ".pyc":
                    digest.update(f"\0{path.relative_to(root.parent)}\0".encode())
                    digest.update(path.read_bytes())
        place = self.memory / f"{digest.hexdigest()}.json"
        if place.exists():
            known = json.loads(place.read_text())
            return Verdict(tuple(known["objections"]), known["trouble"])
        verdict = self.judge(folder)
        if not verdict.hung:
            place.write_text(json.dumps(asdict(verdict)))
        return verdict
