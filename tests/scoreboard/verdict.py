"""What a judge says of a broken project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scoreboard.running import Ran

HANGS = "hangs"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge objects to, in its own short words; nothing where it is content.

    `trouble` says that a judge came to no verdict: it broke off, or hung.
    """

    objections: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def found(self) -> bool:
        return bool(self.objections)

    @property
    def hung(self) -> bool:
        return self.trouble.startswith(HANGS)


class Judge(Protocol):
    """Judges the project in `folder`, and may write there."""

    def __call__(self, folder: Path) -> Verdict: ...


def trouble(ran: Ran) -> str:
    """How a program broke off, and its last words."""
    lines = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()
    said = next((line for line in reversed(lines) if line.startswith("rehearsal:")), lines[-1])
    return f"{HANGS if ran.code is None else f'exit {ran.code}'}: {said.strip()}"
