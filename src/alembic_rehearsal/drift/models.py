"""A schema at head compared with the project's models, both on databases of a builder."""

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
from alembic_rehearsal.drift.at_head import DatabaseAtHead
from alembic_rehearsal.drift.values import ModelDrift

# Differences that pictures do not show: only one side has the table or the column.
_ONE_SIDED = frozenset({"add_table", "remove_table", "add_column", "remove_column"})


def find_model_drift(builder: Builder, at_head: DatabaseAtHead | str) -> ModelDrift:
    """What the models describe differently; not judged where there is only a reason instead."""
    if isinstance(at_head, str):
        return ModelDrift(not_judged=at_head)
    try:
        with open_walk(builder.child, at_head.database) as walk:
            if not walk.configuration.has_target_metadata:
                return ModelDrift(not_judged="env.py gives Alembic no target_metadata")
            differences, excluded = walk.compare_models(), walk.excluded
    except StepFailed as stopped:
        return ModelDrift(not_judged=f"Alembic cannot compare the models: {stopped.what}")
    return _compare_pictures(builder, at_head, differences, excluded)


def _compare_pictures(
    builder: Builder,
    at_head: DatabaseAtHead,
    differences: tuple[ModelDifference, ...],
    excluded: tuple[ExcludedObject, ...],
) -> ModelDrift:
    database = build_models(_BuilderSupply(builder, at_head))
    if isinstance(database, Failure):
        return ModelDrift(not_judged=f"the models cannot be built: {database.message}")
    found = compare_with_models(at_head.picture, database, excluded)
    return ModelDrift(found, tuple(each.text for each in differences if each.kind in _ONE_SIDED))


@dataclass(frozen=True, slots=True)
class _BuilderSupply:
    """A `DatabaseSupply` whose databases a builder makes."""

    builder: Builder
    at_head: DatabaseAtHead

    def make_empty(self) -> Database:
        return self.builder.make("models")

    def make_migrated(self) -> Database:
        return self.at_head.clone()

    @contextmanager
    def open_walk(self, database: Database) -> Iterator[Walk]:
        with open_walk(self.builder.child, database) as walk:
            yield walk

    def discard(self, database: Database) -> None:
        self.builder.make.discard(database)
