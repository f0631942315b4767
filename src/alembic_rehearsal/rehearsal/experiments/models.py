"""Experiments on the models: Alembic's comparison, a build of their schema, unimported models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic_rehearsal.building.models import build_models, compare_with_models
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.model_answers import UnimportedModels
from alembic_rehearsal.core.project.steps import Failure, UpgradeRun
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison, ModelSchemaComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromEmpty, UpgradeFromSnapshot
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip


def build_and_compare_models(context: Context, evidence: Evidence) -> ModelSchemaComparison:
    """Build the models' schema, and compare it with the migrated one that Alembic compared.

    Raises `Skip` where the models cannot be compared or built.
    """
    compared = evidence.fact(MetadataComparison)
    if compared.failure is not None:
        raise Skip(f"Alembic cannot compare the models: {compared.failure.message}")
    upgrade = evidence.upgrades[compared.start]
    database = build_models(_RehearsalDatabases(context, evidence, compared.start))
    if isinstance(database, Failure):
        raise Skip(f"the models cannot be built: {database.message}")
    found = compare_with_models(context.final_schema(upgrade.database), database, compared.excluded)
    context.discard(database)
    return ModelSchemaComparison(compared.start, found)


@dataclass(frozen=True, slots=True)
class _RehearsalDatabases:
    """Databases to build models on, made by the rehearsal (see `DatabaseSupply`)."""

    context: Context
    evidence: Evidence
    start: Start

    def make_empty(self) -> Database:
        return self.context.make_database("models")

    def make_migrated(self) -> Database:
        checkpoints = self.context.checkpoints_from(self.evidence, self.start)
        return checkpoints.make_database_at(len(checkpoints.plan))

    @contextmanager
    def open_walk(self, database: Database) -> Iterator[Walk]:
        with self.context.open_walk(database) as walk:
            yield walk

    def discard(self, database: Database) -> None:
        self.context.discard(database)


MODEL_SCHEMA_COMPARISON = Experiment(
    "build the models and compare",
    ModelSchemaComparison,
    (MetadataComparison,),
    build_and_compare_models,
)


def find_unimported_models(context: Context, evidence: Evidence) -> UnimportedModels:
    """Import every module that seems to define a model; return the tables that env.py lacks.

    Raises `Skip` where there is no `target_metadata`, no such module, or none can be imported.
    """
    try:
        with context.temporary_database("imports") as database, context.open_walk(database) as walk:
            if not walk.configuration.has_target_metadata:
                raise Skip("env.py gives Alembic no target_metadata")
            found = walk.find_unimported(context.settings.models)
    except StepFailed as stopped:
        raise Skip(f"the models' modules cannot be searched: {stopped.what}") from stopped
    if not found.packages:
        raise Skip('no module defines a table; models = ["package"] in the settings names one')
    if found.unimportable and not found.tables:
        failed = (f"{each.module} ({each.message})" for each in found.unimportable)
        raise Skip(f"these modules look like models and cannot be imported: {', '.join(failed)}")
    return found


MODEL_IMPORTS = Experiment(
    "look for models that nothing imports", UnimportedModels, (), find_unimported_models
)


def compare_metadata(context: Context, evidence: Evidence) -> MetadataComparison:
    """Ask Alembic what it would autogenerate on the migrated schema.

    The upgrade from the snapshot is preferred, since the application runs on that schema.
    Raises `Skip` where no upgrade got to head, or there is no `target_metadata`.
    """
    start, upgrade = list(context.upgrades_at_head(evidence).items())[-1]
    if not upgrade.has_target_metadata:
        raise Skip("env.py gives Alembic no target_metadata")
    return _compare_metadata_on(context, start, upgrade)


def _compare_metadata_on(context: Context, start: Start, upgrade: UpgradeRun) -> MetadataComparison:
    try:
        with context.open_walk(upgrade.database) as walk:
            try:
                return MetadataComparison(start, walk.compare_models(), excluded=walk.excluded)
            except StepFailed as stopped:
                return MetadataComparison(start, failure=stopped.failure)
    except StepFailed as stopped:  # a second run of env.py fails: U9 reports it
        raise Skip("env.py does not run on a database that is at head") from stopped


METADATA_COMPARISON = Experiment(
    "compare with the models",
    MetadataComparison,
    (),
    compare_metadata,
    after=(UpgradeFromEmpty, UpgradeFromSnapshot),
)
