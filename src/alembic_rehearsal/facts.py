"""What the acts saw, one value for each experiment, and the scene that checks judge.

Facts carry no opinion: whether a failure is a finding is for `checks/` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from alembic_rehearsal.difference import Difference
from alembic_rehearsal.revisions import History
from alembic_rehearsal.words import (
    Database,
    Detour,
    Failure,
    Finding,
    NotJudged,
    Server,
    Snapshot,
    Step,
)

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The history, when Alembic could load it; it may still have no revision."""

    history: History


@dataclass(frozen=True, slots=True)
class SnapshotRead:
    """Production's snapshot, when the project has one."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Walked:
    """One way through the history on one database.

    `steps` are those that succeeded, in order; `failure` is what ended the walk early.
    `heads` are the rows of the version table afterwards, read by a second connection.
    `has_models` says whether env.py gave Alembic a `target_metadata`.
    """

    database: Database
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    failure: Failure | None = None
    detours: tuple[Detour, ...] = ()
    has_models: bool = False

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True, slots=True)
class FromEmpty:
    """`upgrade heads` on an empty database, in the project's own transaction mode."""

    walked: Walked


@dataclass(frozen=True, slots=True)
class Restored:
    """The snapshot, restored and stamped: a sealed template to clone."""

    template: Database
    seconds: float


@dataclass(frozen=True, slots=True)
class FromSnapshot:
    """`upgrade heads` on production's schema, in the project's own transaction mode."""

    walked: Walked


@dataclass(frozen=True, slots=True)
class BothEnds:
    """The schema built from empty (first) against the one built from the snapshot (second).

    Real differences only: column order, and names that Postgres chose, are left out.
    """

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """One difference that Alembic's own comparison sees between the models and a schema.

    `kind` is Alembic's name of the operation that would bring the schema to the models
    ("add_column", "modify_nullable"); `object` the table or "table.column"; `text` the
    difference in words.
    """

    kind: str
    object: str
    text: str


@dataclass(frozen=True, slots=True)
class AgainstModels:
    """The migrated schema against `target_metadata`, by the project's own compare options.

    `start` says which database was compared: "snapshot" or "empty".  `failure` is what
    kept Alembic from comparing, such as an `include_object` of env.py that raised.
    """

    start: str
    differences: tuple[ModelDifference, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """One revision taken down and up again, and how either step failed.

    `tried` is False where its downgrade is not written, or declared one-way.
    """

    revision: str
    tried: bool = True
    down: Failure | None = None
    up_again: Failure | None = None

    @property
    def failed(self) -> bool:
        return self.down is not None or self.up_again is not None


@dataclass(frozen=True, slots=True)
class Bounced:
    """Every pending revision: one step down and one up, each in its own transaction.

    `unreached` are pending revisions that could not be tried because an upgrade before
    them fails.
    """

    bounces: tuple[Bounce, ...]
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """How one experiment went, for the report: its seconds, or why it was skipped."""

    name: str
    seconds: float = 0.0
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the checks may look at.

    `facts` are keyed by their type; `skipped` says for a missing type why it is missing.
    `applied` are the revisions that production has.  `config_option` is what a command
    of a remedy must be given to mean this project, "" where it needs nothing.
    """

    history: History
    snapshot: Snapshot | None
    applied: frozenset[str]
    facts: Mapping[type, Any] = field(default_factory=dict)
    skipped: Mapping[type, str] = field(default_factory=dict)
    config_option: str = ""

    def fact(self, kind: type[F]) -> F:
        """The fact of this type; a check names in `needs` what it asks for here."""
        found: F = self.facts[kind]
        return found

    def is_pending(self, revision: str) -> bool:
        return revision not in self.applied


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one rehearsal: everything that a format may print.

    `server` is None where the rehearsal ended before one was needed.  `detours` are the
    places that the project tried to reach instead of the rehearsal's database.
    """

    history: History
    snapshot: Snapshot | None
    server: Server | None
    pending: tuple[str, ...]
    acts: tuple[Act, ...]
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    seconds: float
    detours: tuple[Detour, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.fails for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Migrated:
    """What `make migrate` did.

    `start` says where the database stood before, in words; `heads` are read by a second
    connection afterwards; `tables` counts the user's own; `seconds` is the whole command.
    """

    database: Database
    start: str
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    tables: int
    seconds: float
