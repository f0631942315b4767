"""Our own judge: the command `rehearsal run`, as its users run it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scoreboard.running import run
from scoreboard.verdict import Verdict, trouble

REHEARSAL = Path(sys.executable).with_name("rehearsal")


def rehearsal(folder: Path) -> Verdict:
    """`rehearsal run --all` on a throwaway server of its own; its findings by code.

    Only findings count: a rehearsal that could not run gives no verdict.
    """
    options = ("--all", "--server", "embedded", "--format", "json")
    ran = run((REHEARSAL, "run", *options, "--config", "alembic.ini"), folder, {})
    if ran.code not in (0, 1):
        return Verdict(trouble=trouble(ran))
    findings = json.loads(ran.stdout)["findings"]
    codes = [each["code"] + ("" if each["fails"] else " (warning)") for each in findings]
    return Verdict(tuple(dict.fromkeys(codes)))
