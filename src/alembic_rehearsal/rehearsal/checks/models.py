"""Family U, models: differences from the models that Alembic's own comparison does not see."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from alembic_rehearsal.core.project.model_answers import (
    ModelDifference,
    UnimportedModels,
    UnimportedTable,
)
from alembic_rehearsal.core.schema.difference import YES, Change, Difference
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import one_line
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison, ModelSchemaComparison

# The attributes of an object that U4 reports, by the operation that Alembic would generate.
_REPORTED_BY = {
    "modify_type": {"type", "collation"},
    "modify_nullable": {"not null"},
    "modify_default": {"default", "generated", "identity", "settings of its sequence"},
    "modify_comment": {"comment"},
    "add_table_comment": {"comment"},
    "remove_table_comment": {"comment"},
}
_PLURALS = {"index": "indexes"}
_MAX_LENGTH = 160


@check(
    "U5",
    "models build the migrated schema",
    why="a test database that is built from the models accepts data that production refuses, or "
    "refuses data that it accepts; autogenerate does not see this difference, so that nobody will.",
    remedy="Write the missing migration by hand, or change the model back to what is deployed; an "
    "intended difference can be waived by its object.",
    source="both schemas as PostgreSQL's catalogs have them; column order and names that "
    "Postgres chose do not count",
    needs=(MetadataComparison, ModelSchemaComparison),
    whole_history=True,
)
def models_build_schema(evidence: Evidence) -> Iterator[Finding]:
    """`create_all` of the models makes the tables, types and constraints that migrations make."""
    reported = evidence.fact(MetadataComparison).differences
    for each in evidence.fact(ModelSchemaComparison).differences:
        if not _is_reported(each, reported):
            yield Finding(
                path=evidence.history.location / "env.py",
                object=f"{each.kind} {each.name}",
                group=_group_name(each),
                what=_difference_text(each),
                do=f"rehearsal schema diff head models{evidence.config_option}   (shows each)\n"
                f"{evidence.alembic} revision -m 'as the models have it'   "
                "(autogenerate does not see it)",
            )


@check(
    "U6",
    "every model is imported",
    why="autogenerate, `alembic check` and this rehearsal do not know its table: its migration is "
    "never written, or autogenerate proposes to drop the table.",
    remedy="Import each module that defines a table from one that env.py imports; where models are "
    'in several packages, name them in the settings: `models = ["shop", "billing"]`.',
    source="Alembic manual, Auto Generating Migrations; SQLAlchemy manual, MetaData",
    needs=(UnimportedModels,),
    whole_history=True,
)
def every_model_imported(evidence: Evidence) -> Iterator[Finding]:
    """`target_metadata` has every table that a module of the models' packages defines."""
    found = evidence.fact(UnimportedModels)
    by_module: dict[str, list[UnimportedTable]] = defaultdict(list)
    for each in found.tables:
        by_module[each.module].append(each)
    unknown = "".join(
        f"\nnot known of {each.module} ({_path_text(each.path, evidence)}:{each.line}), which "
        f"cannot be imported: {each.message}"
        for each in found.unimportable
    )
    for module, tables in by_module.items():
        first = min(tables, key=lambda each: each.line)
        names = ", ".join(each.table for each in tables)
        yield Finding(
            path=first.path,
            line=first.line,
            object=f"module {module}",
            what=f"target_metadata lacks {names}: nothing that env.py imports imports {module}."
            + unknown,
            do=f"import {module}  # noqa: F401   ({_import_place(found.import_file, evidence)})",
        )
        unknown = ""  # only in the first finding


@check(
    "U13",
    "every table of the models is compared",
    severity=Severity.NOTE,
    why="nothing sees a difference in such a table: not autogenerate, not `alembic check`, and not "
    "this rehearsal, which applies env.py's filters.",
    remedy="Let `include_object` leave out only reflected tables that are not yours: "
    '`not (kind == "table" and reflected and name in FOREIGN_TABLES)`.',
    source="Alembic manual, EnvironmentContext.configure: include_object",
    needs=(MetadataComparison,),
    whole_history=True,
)
def own_tables_are_compared(evidence: Evidence) -> Iterator[Finding]:
    """env.py's filters leave out no table that `target_metadata` defines."""
    hidden = {
        f"{each.schema}.{each.table}"
        for each in evidence.fact(MetadataComparison).excluded
        if each.is_model and each.kind == "table"
    }
    for name in sorted(hidden):
        yield Finding(
            path=evidence.history.location / "env.py",
            object=f"table {name}",
            group="tables of the models",
            what=f"{name} is a table of the models, and env.py keeps it out of the comparison",
            do="return not reflected or name not in FOREIGN_TABLES   (in include_object)",
        )


def _import_place(place: Path, evidence: Evidence) -> str:
    """Where to put the import: in env.py, else at the end, as the module may import this file."""
    name = _path_text(place, evidence)
    is_env_py = place == evidence.history.location / "env.py"
    return f"with the imports of {name}" if is_env_py else f"at the end of {name}"


def _path_text(path: Path, evidence: Evidence) -> str:
    folder = evidence.history.location.parent
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _is_reported(difference: Difference, reported: tuple[ModelDifference, ...]) -> bool:
    """Whether U4 reports the same difference."""
    name = difference.name.replace('"', "")
    if difference.kind == "index":
        own = name.rpartition(".")[2]
        return any("index" in each.kind and each.object.endswith(f".{own}") for each in reported)
    names = {name, name.partition(".")[2]}
    if difference.kind == "constraint":
        names |= {f"{table}.{_own_columns(difference)}" for table in _table_names(name)}
        kinds = ("fk", "constraint")
        return any(each.object in names and each.kind.endswith(kinds) for each in reported)
    return any(
        each.object in names and difference.attribute in _REPORTED_BY.get(each.kind, ())
        for each in reported
    )


def _table_names(constraint: str) -> tuple[str, str]:
    qualified = constraint.rpartition(".")[0]
    return qualified, qualified.partition(".")[2]


def _own_columns(difference: Difference) -> str:
    """The first list in a constraint's definition, which is that of its own columns."""
    found = re.search(r"\([^()]*\)", difference.first or difference.second)
    return found[0].replace('"', "") if found else ""


def _group_name(difference: Difference) -> str:
    """The name of the kind of difference, which waivers use: it must not change."""
    kinds = _PLURALS.get(difference.kind, f"{difference.kind}s")
    match difference.change:
        case Change.ADDED:
            return f"{kinds} in models alone"
        case Change.REMOVED:
            return f"{kinds} in the database alone"
        case _:
            return f"{difference.attribute} of {kinds}"


def _difference_text(difference: Difference) -> str:
    name, first, second = difference.name, difference.first, difference.second
    if difference.change is not Change.CHANGED:
        return f"{name} {_shorten(first or second)}"
    if difference.kind == "enum" and not (first and second):
        side = "the database, not in models" if first else "models, not in the database"
        return f"{name} has {first or second} in {side}"
    values = (_value_text(each, difference.attribute) for each in (first, second))
    return "{} is {} in the database, {} in models".format(name, *values)


def _value_text(text: str, attribute: str) -> str:
    if text == YES:
        return attribute
    if not text and attribute in ("not null", "unique"):
        return {"not null": "nullable", "unique": "not unique"}[attribute]
    return _shorten(text) or "none"


def _shorten(text: str) -> str:
    return one_line(text.removeprefix("definition "), _MAX_LENGTH)


CHECKS = (models_build_schema, every_model_imported, own_tables_are_compared)
