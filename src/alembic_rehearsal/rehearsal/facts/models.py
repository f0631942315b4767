"""What comparing with the models saw."""

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

    `start` says how the database that was compared had begun.  `failure` is what
    kept Alembic from comparing, such as an `include_object` of env.py that raised.
    `left_out` is what the project's own filters kept out of it.
    """

    start: Start
    differences: tuple[ModelDifference, ...] = ()
    failure: Failure | None = None
    excluded: tuple[ExcludedObject, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSchemaComparison:
    """The migrated schema (first) against the one that the models make (second).

    Real differences in what models can express, tables and columns of both sides alone;
    names are as Postgres quotes them.  `start` says how the migrated one had begun.
    """

    start: Start
    differences: tuple[Difference, ...] = ()
