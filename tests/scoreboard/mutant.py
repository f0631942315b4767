"""A mutant: one way to break the sample project, as data.  Nothing here applies it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace the only occurrence of `old` in a file; `path` is relative to the checkout."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Create:
    """Create a file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a file."""

    path: str


Edit = Replace | Create | Remove


class Kind(StrEnum):
    """The verdict that a mutant deserves.

    A fault should be found.  A note concerns a use that not every project needs.  A harmless
    mutant must not be found.
    """

    FAULT = "fault"
    NOTE = "note"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The sample project, broken in one way.

    `says` is a sentence without a full stop.  `family` is the family of checks that should find
    it (H, U, D, B, R, S, F or C).  `why` explains why a mutant is harmless, or only worth a
    note.  `locked` mutants are judged with history.lock.  All others are judged without it, as
    if the history had always been like this: the hashes of applied revisions would find every
    edit of them.
    """

    id: str
    says: str
    family: str
    edits: tuple[Edit, ...]
    kind: Kind = Kind.FAULT
    why: str = ""
    locked: bool = False


def fault(family: str, id: str, says: str, *edits: Edit) -> Mutant:
    return Mutant(id, says, family, edits)


def harmless(family: str, id: str, says: str, why: str, *edits: Edit) -> Mutant:
    return Mutant(id, says, family, edits, Kind.HARMLESS, why)
