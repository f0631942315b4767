"""Whether what is to be dropped looks as if it had only been renamed: then its rows can stay.

Names say nothing for sure, so this is told to the people who read the revision, and not done.
"""

from __future__ import annotations

from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.core.schema.picture import Key, SchemaObject


def rename_hint(gone: SchemaObject, source: Side, target: Side) -> str:
    """What to write instead, where something new is like it; "" where nothing is."""
    for key, new in target.things.items():
        if key.kind != gone.key.kind or key in source.things or new.parent != gone.parent:
            continue
        if _shape(gone, source) == _shape(new, target):
            return f"if {key.name} is its other name, write instead: {_rename_statement(gone, key)}"
    return ""


def _shape(thing: SchemaObject, side: Side) -> list[tuple[str, str]]:
    if thing.key.kind == "column":
        return [("", thing.attributes["type"])]
    columns = side.parts(thing.key, "column")
    return [(last_part(each.key.name), each.attributes["type"]) for each in columns]


def _rename_statement(gone: SchemaObject, new: Key) -> str:
    if gone.parent is None:
        return f"ALTER {gone.key.kind.upper()} {gone.key.name} RENAME TO {last_part(new.name)}"
    column = f"{last_part(gone.key.name)} TO {last_part(new.name)}"
    return f"ALTER TABLE {gone.parent.name} RENAME COLUMN {column}"
