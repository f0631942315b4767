"""A cache of the other judges' verdicts, keyed by the files that these judges read.

Verdicts of the rehearsal are never cached: the scoreboard measures how they change.
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
    """A judge that runs once for each project.

    `versions` is the file with its pinned versions, `memory` the folder of the cache.  `name`
    is the judge and its server.
    """

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
