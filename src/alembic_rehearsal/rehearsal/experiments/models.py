"""The models built on a database of their own, and held to the migrated schema by pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic_rehearsal.acts.stage import Experiment, Skip, Stage
from alembic_rehearsal.facts import AgainstModels, ModelsBuilt, Scene
from alembic_rehearsal.modelled import against_models, built
from alembic_rehearsal.project.host import Walk
from alembic_rehearsal.walks import Failure, Start
from alembic_rehearsal.words import Database


def models_built(stage: Stage, scene: Scene) -> ModelsBuilt:
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

    stage: Stage
    scene: Scene
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
