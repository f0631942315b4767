"""Facts about the models: how the migrated schema differs from them."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.model_answers import (
    ExcludedObject,
    ModelDifference,
)
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class MetadataComparison:
    """The migrated schema against `target_metadata`, by the project's own compare options.

    `start` is the start of the upgrade whose schema was compared.  `failure` is what stopped
    Alembic's comparison, such as an `include_object` of env.py that raised.  `excluded` are the
    objects that the project's own filters left out.
    """

    start: Start
    differences: tuple[ModelDifference, ...] = ()
    failure: Failure | None = None
    excluded: tuple[ExcludedObject, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSchemaComparison:
    """The migrated schema (first) against the one that `create_all` of the models makes (second).

    Only real differences in what models can express; names are as Postgres quotes them.
    `start` is the start of the upgrade whose schema was compared.
    """

    start: Start
    differences: tuple[Difference, ...] = ()
