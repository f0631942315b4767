"""Findings, and checks that could not be judged: what judging returns.

Values only; nothing here judges or prints.
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
    """One fault: what is wrong, where, and what to type about it.

    `object` names what the finding is about where that is not a revision; a waiver names it
    ("index public.orders_total_idx").  Findings of one `group` ("default of columns") are
    merged into one, which has the `objects` of all of them; waived ones are merged apart from
    the others.  `why` replaces the check's own text where it is not "".  `applied` says that
    production has this revision already, so that nobody can change it; `waived` is the reason
    that the settings give for accepting the finding, "" where they do not accept it.  `fails`
    decides the exit code: an error that is pending and not waived.
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
    """A check that could not be judged, in whole or in part, and why: never shown as passed."""

    code: str
    title: str
    why: str
