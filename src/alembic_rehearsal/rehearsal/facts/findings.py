"""What a judgement says: findings, and what could not be judged.

Frozen values; how they are come by and told is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to type about it.

    `object` names what it is about where that is no revision, for a waiver to name
    ("index public.orders_total_idx").  Findings of one `group` ("default of columns") are
    shown as one, which has the `objects` of all of them; those that are waived are a group of
    their own.  `why` is the check's own where it says nothing else.  `applied` says that
    production has this revision already, so that nobody can change it; `waived` holds the
    reason that the settings give, "" where none is given.  `fails` is what the exit code asks
    for: an error, pending and not waived.
    """

    what: str
    do: str
    path: Path | None = None
    line: int = 0
    revision: str = ""
    object: str = ""
    group: str = ""
    code: str = ""
    title: str = ""
    severity: Severity = Severity.ERROR
    why: str = ""
    applied: bool = False
    waived: str = ""
    fails: bool = False
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A check that could not be run, and why: shown as skipped, never as passed."""

    code: str
    title: str
    why: str
