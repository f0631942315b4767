"""The evidence that checks judge: every fact that is known, and why the others are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromEmpty, UpgradeFromSnapshot
from alembic_rehearsal.snapshot.values import Snapshot

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class LoadedHistory:
    """The history, when Alembic could load it; it may have no revisions."""

    history: History


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """Production's snapshot, when the project has one."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """How one experiment went, for the report: its seconds, or why it was skipped.

    `note` is a further text for the report, "" for none.
    """

    name: str
    seconds: float = 0.0
    skipped: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the checks may read.

    `facts` are keyed by their type; `skipped` has the reason for each type that is missing, and
    `other_shard_facts` the types that another shard makes.  `applied` are the revisions that
    production has.  `config_option` is the option that commands of `rehearsal` in a remedy need
    for this project, "" where they need none; `alembic` is how its `alembic` command is typed.
    `scope` is the part of the rehearsal that was asked for.  `is_complete` is False where a fact
    may be incomplete: in a shard, or after an interruption.
    """

    history: History
    snapshot: Snapshot | None
    applied: frozenset[str]
    facts: Mapping[type, Any] = field(default_factory=dict)
    skipped: Mapping[type, str] = field(default_factory=dict)
    config_option: str = ""
    alembic: str = "alembic"
    scope: Scope = field(default_factory=Scope)
    other_shard_facts: frozenset[type] = frozenset()
    is_complete: bool = True

    def fact(self, kind: type[F]) -> F:
        """The fact of this type; a check lists the types that it asks for in `needs`."""
        found: F = self.facts[kind]
        return found

    @property
    def upgrades(self) -> dict[Start, UpgradeRun]:
        """The upgrades that were run, from an empty database first."""
        kinds = {Start.EMPTY: UpgradeFromEmpty, Start.SNAPSHOT: UpgradeFromSnapshot}
        return {
            start: self.facts[kind].upgrade for start, kind in kinds.items() if kind in self.facts
        }

    def is_pending(self, revision: str) -> bool:
        return revision not in self.applied
