"""The verdict of a judge on a broken project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scoreboard.running import Ran

HANGS = "hangs"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The objections of a judge, in its own short words; none if it accepts the project.

    `trouble` is set if the judge reached no verdict: it broke off, or hung.
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
    """How a program broke off, and its last line of output."""
    lines = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()
    said = next((line for line in reversed(lines) if line.startswith("rehearsal:")), lines[-1])
    return f"{HANGS if ran.code is None else f'exit {ran.code}'}: {said.strip()}"
