"""Hints that an object to be dropped may have been renamed: then its rows could be kept.

Equal columns prove nothing, so a comment tells the reviewer of the revision; nothing is renamed.
"""

from __future__ import annotations

from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.core.schema.picture import Key, SchemaObject


def rename_hint(gone: SchemaObject, source: Side, target: Side) -> str:
    """What to write instead if a new object has the same columns; "" if none has."""
    for key, new in target.objects.items():
        if key.kind != gone.key.kind or key in source.objects or new.parent != gone.parent:
            continue
        if _shape(gone, source) == _shape(new, target):
            return f"if it was renamed to {key.name}, write instead: {_rename_statement(gone, key)}"
    return ""


def _shape(obj: SchemaObject, side: Side) -> list[tuple[str, str]]:
    if obj.key.kind == "column":
        return [("", obj.attributes["type"])]
    columns = side.parts(obj.key, "column")
    return [(last_part(each.key.name), each.attributes["type"]) for each in columns]


def _rename_statement(gone: SchemaObject, new: Key) -> str:
    if gone.parent is None:
        return f"ALTER {gone.key.kind.upper()} {gone.key.name} RENAME TO {last_part(new.name)}"
    column = f"{last_part(gone.key.name)} TO {last_part(new.name)}"
    return f"ALTER TABLE {gone.parent.name} RENAME COLUMN {column}"
