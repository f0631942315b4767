"""A mutant: one way of breaking the sample project, as data.  Nothing here applies it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Replace:
    """Exactly one place of a file reads otherwise; `path` is relative to the checkout."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Create:
    """A file that was not there."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A file that is gone."""

    path: str


Edit = Replace | Create | Remove


class Kind(StrEnum):
    """What should be said of a mutant.

    A fault should be found.  What is worth a note breaks nothing that everybody does.
    What is harmless must not be found.
    """

    FAULT = "fault"
    NOTE = "note"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The sample project, broken in one way.

    `says` is a sentence without a full stop.  `family` is the family of checks that one
    would expect to find it (H, U, D, B, R, S, F or C).  `why` says of a harmless mutant or
    one that is worth a note why it is no more.  `locked` judges it with the hashes of
    applied revisions in place; all others are judged without, as if the history had been
    written so from the beginning, because otherwise one hash would find them all.
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
