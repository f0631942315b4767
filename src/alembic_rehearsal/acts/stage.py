"""What an act gets to work with, and how it says what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from alembic_rehearsal.facts import Scene
from alembic_rehearsal.project.host import Child
from alembic_rehearsal.revisions import History
from alembic_rehearsal.settings import Settings
from alembic_rehearsal.words import Database, Snapshot

Tell = Callable[[str], None]


class MakeDatabase(Protocol):
    """Makes a marked database for one purpose, such as "from_empty"."""

    def __call__(self, purpose: str, template: Database | None = None) -> Database: ...


class Skip(Exception):
    """An act cannot be performed; the text says why, and stands in the report."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is the same for all acts of one rehearsal.

    `database` makes a database for a purpose, empty or cloned from a template; it goes
    when the rehearsal ends.
    """

    settings: Settings
    history: History
    snapshot: Snapshot | None
    child: Child
    database: MakeDatabase
    tell: Tell


@dataclass(frozen=True, slots=True)
class Experiment:
    """One act: its name in the report, the fact that it makes, and those that it needs.

    `perform` gets the stage and the scene so far, and returns a value of type `makes`.
    It raises `Skip` where the project has nothing to perform it on.
    """

    name: str
    makes: type
    needs: tuple[type, ...]
    perform: Callable[[Stage, Scene], object]
