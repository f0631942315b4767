"""A migrated schema against its project's models, both on databases of a builder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.building.models import build_models, compare_with_models
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.model_answers import ExcludedObject, ModelDifference
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.project.upgrade import open_walk
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.drift.values import DatabaseAtHead, ModelDrift
from alembic_rehearsal.snapshot.values import Snapshot

# What pictures do not compare, as one side has nothing of it.
_ONE_SIDED = frozenset({"add_table", "remove_table", "add_column", "remove_column"})


def find_model_drift(builder: Builder, snapshot: Snapshot | None, at: DatabaseAtHead) -> ModelDrift:
    """What the models would make otherwise than it is."""
    if at.database is None or snapshot is None:
        return ModelDrift(not_judged=at.why_not)
    try:
        with open_walk(builder.child, at.database) as walk:
            if not walk.configuration.has_target_metadata:
                return ModelDrift(not_judged="env.py gives Alembic no target_metadata")
            told, left_out = walk.compare_models(), walk.excluded
    except StepFailed as stopped:
        return ModelDrift(not_judged=f"Alembic cannot compare the models: {stopped.what}")
    return _compare_pictures(builder, snapshot, at.database, told, left_out)


def _compare_pictures(
    builder: Builder,
    snapshot: Snapshot,
    migrated: Database,
    told: tuple[ModelDifference, ...],
    left_out: tuple[ExcludedObject, ...],
) -> ModelDrift:
    database = build_models(_BuilderSupply(builder, snapshot))
    if isinstance(database, Failure):
        return ModelDrift(not_judged=f"the models cannot be built: {database.message}")
    found = compare_with_models(builder.read_schema(migrated), database, left_out)
    return ModelDrift(found, tuple(each.text for each in told if each.kind in _ONE_SIDED))


@dataclass(frozen=True, slots=True)
class _BuilderSupply:
    """The databases of a builder to build models on."""

    builder: Builder
    snapshot: Snapshot

    def make_empty(self) -> Database:
        return self.builder.make("models")

    def make_migrated(self) -> Database:
        database = self.builder.restore(self.snapshot)
        self.builder.upgrade(database, *self.builder.history.heads)
        return database

    @contextmanager
    def open_walk(self, database: Database) -> Iterator[Walk]:
        with open_walk(self.builder.child, database) as walk:
            yield walk

    def discard(self, database: Database) -> None:
        self.builder.make.discard(database)
