"""The models built on a database of their own, and held to the migrated schema by pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic_rehearsal.building.models import against_models, built
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.model_answers import UnimportedModels
from alembic_rehearsal.core.project.steps import Failure, UpgradeRun
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.models import AgainstModels, ModelsBuilt
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import FromEmpty, FromSnapshot
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip


def models_built(stage: Context, scene: Evidence) -> ModelsBuilt:
    """Build the models, and compare them with the schema that Alembic compared them with."""
    compared = scene.fact(AgainstModels)
    if compared.failure is not None:
        raise Skip(f"Alembic cannot compare the models: {compared.failure.message}")
    walked = scene.ways_up[compared.start]
    database = built(_OnStage(stage, scene, compared.start))
    if isinstance(database, Failure):
        raise Skip(f"the models cannot be built: {database.message}")
    found = against_models(stage.schema(walked.database), database, compared.left_out)
    stage.discard(database)
    return ModelsBuilt(compared.start, found)


@dataclass(frozen=True, slots=True)
class _OnStage:
    """The databases of a rehearsal to build models on."""

    stage: Context
    scene: Evidence
    start: Start

    def empty(self) -> Database:
        return self.stage.database("models")

    def migrated(self) -> Database:
        ladder = self.stage.ladder(self.scene, self.start)
        return ladder.at(len(ladder.plan))

    @contextmanager
    def walking(self, database: Database) -> Iterator[Walk]:
        with self.stage.walking(database) as walk:
            yield walk

    def discard(self, database: Database) -> None:
        self.stage.discard(database)


MODELS_BUILT = Experiment(
    "build the models and compare", ModelsBuilt, (AgainstModels,), models_built
)


def model_imports(stage: Context, scene: Evidence) -> UnimportedModels:
    """Import what looks like a model, on an empty database, and see which tables that brings."""
    try:
        with stage.made("imports") as database, stage.walking(database) as walk:
            if not walk.configuration.has_target_metadata:
                raise Skip("env.py gives Alembic no target_metadata")
            found = walk.find_unimported(stage.settings.models)
    except StepFailed as stopped:
        raise Skip(f"the models' modules cannot be looked at: {stopped.what}") from stopped
    if not found.packages:
        raise Skip('no module defines a table; models = ["package"] in the settings names one')
    if found.unimportable and not found.tables:
        failed = (f"{each.module} ({each.message})" for each in found.unimportable)
        raise Skip(f"these look like models and do not import: {', '.join(failed)}")
    return found


MODEL_IMPORTS = Experiment(
    "look for models that nothing imports", UnimportedModels, (), model_imports
)


def alembic_compares(stage: Context, scene: Evidence) -> AgainstModels:
    """Ask Alembic what it would autogenerate on the migrated schema.

    Production's schema is preferred, since that is the one that the application meets.
    """
    for start, walked in reversed(scene.ways_up.items()):
        if stage.is_at_head(walked):
            if not walked.has_target_metadata:
                raise Skip("env.py gives Alembic no target_metadata")
            return _compared(stage, start, walked)
    raise Skip("no upgrade got to head")


def _compared(stage: Context, start: Start, walked: UpgradeRun) -> AgainstModels:
    try:
        with stage.walking(walked.database) as walk:
            try:
                return AgainstModels(start, walk.compare_models(), left_out=walk.excluded)
            except StepFailed as stopped:
                return AgainstModels(start, failure=stopped.failure)
    except StepFailed as stopped:  # whatever env.py does: see SecondRuns
        raise Skip("env.py does not run on a database that is at head") from stopped


AGAINST_MODELS = Experiment(
    "compare with the models",
    AgainstModels,
    (),
    alembic_compares,
    after=(FromEmpty, FromSnapshot),
)
