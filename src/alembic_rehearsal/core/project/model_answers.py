"""The child's answers about the project's models, as frozen values.

They are the differences to a schema, the objects that env.py's filters exclude, and the tables
that nothing imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """One difference that Alembic's own comparison finds between the models and a schema.

    `kind` is Alembic's name of the operation that would change the schema to match the models
    ("add_column", "modify_nullable"); `object` is the table or "table.column"; `text` is a
    sentence about the difference.
    """

    kind: str
    object: str
    text: str


@dataclass(frozen=True, slots=True)
class ExcludedObject:
    """An object that `include_object` or `include_name` of env.py excludes from the comparison.

    `kind` is Alembic's: "schema", "table", "column", "index", "unique_constraint",
    "foreign_key_constraint".  `table` and `name` are "" when the whole schema or table is
    excluded; names are not quoted.  `is_model` says that the object is from the models, not
    from the database.
    """

    kind: str
    schema: str
    table: str = ""
    name: str = ""
    is_model: bool = False


@dataclass(frozen=True, slots=True)
class UnimportedTable:
    """A table that is missing in `target_metadata` because nothing imports its module.

    `table` is its name, with the schema if it has one; `path` and `line` say where `module`
    defines it; `name` is its mapped class, "" for a bare `Table`.
    """

    table: str
    module: str
    path: Path
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnimportableModule:
    """A module that seems to define a table (in `line`), and whose import fails with `message`."""

    module: str
    path: Path
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class UnimportedModels:
    """The tables that `target_metadata` lacks, found by importing the modules of the models.

    `packages` are the packages that were searched.  `import_file` is the file in which to
    import the tables: of the files that env.py imports, the one with the most tables.
    """

    packages: tuple[str, ...]
    tables: tuple[UnimportedTable, ...]
    unimportable: tuple[UnimportableModule, ...]
    import_file: Path
