"""Model answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
class ExcludedObject:
    """What `include_object` or `include_name` of env.py kept from Alembic's comparison.

    `kind` is Alembic's: "schema", "table", "column", "index", "unique_constraint",
    "foreign_key_constraint".  `table` and `name` are "" where the whole schema or table is
    meant; names are as they are, not quoted.  `is_own` says that it is one of the models.
    """

    kind: str
    schema: str
    table: str = ""
    name: str = ""
    is_model: bool = False


@dataclass(frozen=True, slots=True)
class UnimportedTable:
    """A table that an import brings into `target_metadata`, and nothing imports.

    `table` is its name, with the schema where it has one; `path` and `line` say where
    `module` defines it, as the class `name`, "" for a bare Table.
    """

    table: str
    module: str
    path: Path
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnimportableModule:
    """A module that looks as if it defined a table (in `line`), and does not import."""

    module: str
    path: Path
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class UnimportedModels:
    """What imports of the models' own modules bring that `target_metadata` lacks.

    `packages` are those that were looked into.  `place` is the file to import from: of
    those that env.py imports, the one that knows most tables.
    """

    packages: tuple[str, ...]
    tables: tuple[UnimportedTable, ...]
    unimportable: tuple[UnimportableModule, ...]
    import_file: Path
