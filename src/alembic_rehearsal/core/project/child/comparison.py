"""The project's models: Alembic's comparison with the database as text, and `create_all`."""

from __future__ import annotations

import contextlib
from typing import Any


def find_differences(context: Any) -> tuple[list[tuple[str, str, str]], list[list[Any]]]:
    """The differences, and the objects that the project's own filters excluded.

    A difference is a kind, an object and a sentence; there are none without `target_metadata`.
    An excluded object is a kind, a schema, a table and a name ("" if it has none), and whether
    it is from the models.
    """
    from alembic.autogenerate import compare_metadata

    metadata = context.opts.get("target_metadata")
    if metadata is None:
        return [], []
    left_out: list[list[Any]] = []
    _record_exclusions(context, left_out)
    found = compare_metadata(context, metadata)
    _filter_equal_parts(context, metadata)
    flat = [each for entry in found for each in (entry if isinstance(entry, list) else [entry])]
    return [_describe(each) for each in flat], left_out


def _record_exclusions(context: Any, left_out: list[list[Any]]) -> None:
    """Add to `left_out` what `include_object` and `include_name` of env.py exclude."""
    options, usual = context.opts, context.dialect.default_schema_name or "public"
    include_object, include_name = options.get("include_object"), options.get("include_name")

    def keep_out(kind: str, schema: Any, table: Any, name: Any, *, is_own: bool = False) -> None:
        place = [str(schema or usual), str(table or ""), str(name or "")]
        left_out.append([kind, *place, is_own])

    def object_is_included(
        item: Any, name: Any, kind: str, reflected: bool, compare_to: Any
    ) -> bool:
        is_included = bool(include_object(item, name, kind, reflected, compare_to))
        if not is_included:
            table = item if kind == "table" else item.table
            own = None if kind == "table" else name
            keep_out(kind, table.schema, table.name, own, is_own=not reflected)
        return is_included

    def name_is_included(name: Any, kind: str, parents: Any) -> bool:
        is_included = bool(include_name(name, kind, parents))
        if not is_included:
            is_schema, is_table = kind == "schema", kind == "table"
            schema = name if is_schema else parents.get("schema_name")
            table = None if is_schema else name if is_table else parents.get("table_name")
            keep_out(kind, schema, table, None if is_schema or is_table else name)
        return is_included

    if include_object is not None:
        options["include_object"] = object_is_included
    if include_name is not None:
        options["include_name"] = name_is_included


def _filter_equal_parts(context: Any, given: Any) -> None:
    """Call the filter for the equal indexes and constraints, for which Alembic did not call it.

    So what the filter excludes is recorded for them, too.
    """
    from sqlalchemy import ForeignKeyConstraint, UniqueConstraint

    is_included = context.opts.get("include_object")
    if is_included is None:
        return
    for table in tables_of(given):
        parts = [(each, "index") for each in table.indexes]
        for each in table.constraints:
            if isinstance(each, UniqueConstraint):
                parts.append((each, "unique_constraint"))
            elif isinstance(each, ForeignKeyConstraint):
                parts.append((each, "foreign_key_constraint"))
        for each, kind in parts:
            with contextlib.suppress(Exception):  # Alembic would not have asked
                is_included(each, each.name, kind, False, None)


def tables_of(given: Any) -> list[Any]:
    """The tables of one metadata, or of several."""
    return [table for metadata in metadata_list(given) for table in metadata.tables.values()]


def metadata_list(given: Any) -> list[Any]:
    """`target_metadata` as a list: env.py may give one metadata, or several."""
    return list(given) if isinstance(given, (list, tuple)) else [given]


def create_all(context: Any) -> None:
    """Create the schemas of the models' tables, then the tables, by SQLAlchemy's `create_all`."""
    from sqlalchemy import text

    for metadata in metadata_list(context.opts.get("target_metadata")):
        for schema in sorted({table.schema for table in metadata.tables.values() if table.schema}):
            quoted = context.dialect.identifier_preparer.quote_identifier(schema)
            context.connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted}"))
        metadata.create_all(context.connection)


def _describe(entry: tuple[Any, ...]) -> tuple[str, str, str]:
    kind: str = entry[0]
    if kind.startswith("modify_"):
        name, (before, after) = _dotted(*entry[1:4]), entry[5:7]
        what = f"{kind[len('modify_') :].replace('_', ' ')} of {name}"
        return (
            kind,
            name,
            f"{what} is {_value_text(before)} in the database, {_value_text(after)} in models",
        )
    name = _object_name(entry)
    side = (
        "the models, not in the database" if kind[:4] == "add_" else "the database, not in models"
    )
    return kind, name, f"{kind.partition('_')[2].replace('_', ' ')} {name} is in {side}"


def _object_name(entry: tuple[Any, ...]) -> str:
    if entry[0] in ("add_column", "remove_column"):
        return _dotted(entry[1], entry[2], entry[3].name)
    subject = entry[1]
    table = getattr(subject, "table", None)
    if table is None:
        return _dotted(getattr(subject, "schema", None), getattr(subject, "name", repr(subject)))
    own = subject.name or f"({', '.join(each.name for each in subject.columns)})"
    return _dotted(table.schema, table.name, own)


def _dotted(*names: str | None) -> str:
    return ".".join(str(each) for each in names if each)


def _value_text(value: Any) -> str:
    """A type, a default or a flag as text."""
    argument = getattr(value, "arg", value)
    return str(getattr(argument, "text", argument))
