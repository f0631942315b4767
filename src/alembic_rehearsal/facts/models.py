"""What comparing with the models saw."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.words import Failure, Start


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

    `start` says how the database that was compared had begun.  `failure` is what
    kept Alembic from comparing, such as an `include_object` of env.py that raised.
    """

    start: Start
    differences: tuple[ModelDifference, ...] = ()
    failure: Failure | None = None
