"""The models against a database: Alembic's own comparison as words, and a schema made of them."""

from __future__ import annotations

from typing import Any


def differences(context: Any) -> list[tuple[str, str, str]]:
    """kind, object and sentence of each difference; none where env.py gave no metadata."""
    from alembic.autogenerate import compare_metadata

    metadata = context.opts.get("target_metadata")
    if metadata is None:
        return []
    found = compare_metadata(context, metadata)
    flat = [each for entry in found for each in (entry if isinstance(entry, list) else [entry])]
    return [_described(each) for each in flat]


def build(context: Any) -> None:
    """Make what the models describe, and the schemas that it lies in, as `create_all` would."""
    from sqlalchemy import text

    given = context.opts.get("target_metadata")
    for metadata in given if isinstance(given, (list, tuple)) else [given]:
        for schema in sorted({table.schema for table in metadata.tables.values() if table.schema}):
            quoted = context.dialect.identifier_preparer.quote_identifier(schema)
            context.connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted}"))
        metadata.create_all(context.connection)


def _described(entry: tuple[Any, ...]) -> tuple[str, str, str]:
    kind: str = entry[0]
    if kind.startswith("modify_"):
        name, (before, after) = _dotted(*entry[1:4]), entry[5:7]
        what = f"{kind[len('modify_') :].replace('_', ' ')} of {name}"
        return kind, name, f"{what} is {_short(before)} in the database, {_short(after)} in models"
    name = _name(entry)
    side = (
        "the models, not in the database" if kind[:4] == "add_" else "the database, not in models"
    )
    return kind, name, f"{kind.partition('_')[2].replace('_', ' ')} {name} is in {side}"


def _name(entry: tuple[Any, ...]) -> str:
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


def _short(value: Any) -> str:
    """A type, a default or a flag as people write it."""
    argument = getattr(value, "arg", value)
    return str(getattr(argument, "text", argument))
