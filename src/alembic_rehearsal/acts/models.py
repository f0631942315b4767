"""The models built on a database of their own, and held to the migrated schema by pictures.

It sees what Alembic's comparison does not: values of enums, conditions, collations and more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg2

from alembic_rehearsal.acts.building import built
from alembic_rehearsal.acts.expressible import drift
from alembic_rehearsal.acts.stage import Experiment, Skip, Stage
from alembic_rehearsal.connecting import Connection, connect
from alembic_rehearsal.difference import Difference
from alembic_rehearsal.facts import AgainstModels, ModelsBuilt, Scene
from alembic_rehearsal.picture import Key, Picture
from alembic_rehearsal.schema.reading import picture_of


def models_built(stage: Stage, scene: Scene) -> ModelsBuilt:
    """Build the models, and compare them with the schema that Alembic compared them with."""
    compared = scene.fact(AgainstModels)
    if compared.failure is not None:
        raise Skip(f"Alembic cannot compare the models: {compared.failure.message}")
    walked = scene.ways_up[compared.start]
    database = built(stage, scene, compared.start)
    migrated, models = stage.schema(walked.database), picture_of(database)
    found: Iterable[Difference] = drift(migrated, models, compared.left_out)
    with connect(database) as connection:
        found = tuple(_without_same_defaults(connection, models, found))
    stage.discard(database)
    return ModelsBuilt(compared.start, found)


def _without_same_defaults(
    connection: Connection, models: Picture, found: Iterable[Difference]
) -> Iterator[Difference]:
    """Without defaults that are written otherwise and give the same value: 0 and '0'::bigint."""
    for each in found:
        if each.attribute == "default" and each.first and each.second:
            type = models.things[Key(each.kind, each.name)].attributes["type"]
            if _give_the_same(connection, each, type):
                continue
        yield each


def _give_the_same(connection: Connection, default: Difference, type: str) -> bool:
    """Whether both defaults are one value in one transaction, a moment after it has begun.

    So `now()` is CURRENT_TIMESTAMP, and statement_timestamp() is not.
    """
    sides = [f"CAST(CAST(({each}) AS {type}) AS text)" for each in (default.first, default.second)]
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; SET LOCAL search_path = ''")
            cursor.execute(f"SELECT {sides[0]} IS NOT DISTINCT FROM {sides[1]}")
            row = cursor.fetchone()
            return row == (True,)
    except psycopg2.Error:
        return False
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


MODELS_BUILT = Experiment(
    "build the models and compare", ModelsBuilt, (AgainstModels,), models_built
)
