"""The statements that create tables and sequences."""

from __future__ import annotations

from alembic_rehearsal.authoring.column_sql import column_definition
from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.core.schema.picture import SchemaObject


def with_clause(obj: SchemaObject) -> str:
    given = obj.attributes.get("options")
    return f" WITH ({given})" if given else ""


def create_sequence(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    unlogged = "UNLOGGED " if "persistence" in obj.attributes else ""
    return (
        f"CREATE {unlogged}SEQUENCE {obj.key.name} {sequence_options(obj)}",
        *owned_by_statements(obj),
    )


def sequence_options(obj: SchemaObject) -> str:
    """The settings of a sequence, as CREATE and ALTER SEQUENCE take them."""
    has = obj.attributes
    return (
        f"AS {has['type']} START {has['start']} INCREMENT {has['increment']} "
        f"MINVALUE {has['minimum']} MAXVALUE {has['maximum']} CACHE {has['cache']} "
        f"{'CYCLE' if 'cycle' in has else 'NO CYCLE'}"
    )


def owned_by_statements(obj: SchemaObject) -> tuple[str, ...]:
    column = obj.attributes.get("column")
    return (f"ALTER SEQUENCE {obj.key.name} OWNED BY {column}",) if column else ()


def create_table(obj: SchemaObject, side: Side) -> tuple[str, ...]:
    """The table without its foreign keys, and the sequences that its serial columns own."""
    columns = side.parts(obj.key, "column")
    serials = [each for column in columns if (each := side.own_sequence(column.key))]
    made = [create_sequence(each, side)[0] for each in serials]
    ends = [
        f"ALTER SEQUENCE {each.key.name} OWNED BY {each.attributes['column']}" for each in serials
    ]
    return (*made, _create_table_statement(obj, side, columns), *ends)


def _create_table_statement(obj: SchemaObject, side: Side, columns: list[SchemaObject]) -> str:
    has = obj.attributes
    unlogged = "UNLOGGED " if has.get("persistence") == "unlogged" else ""
    head = f"CREATE {unlogged}TABLE {obj.key.name}"
    tail = f" PARTITION BY {has['partition key']}" if "partition key" in has else ""
    if "access method" in has and "partition key" not in has:
        tail += f" USING {has['access method']}"
    tail += with_clause(obj)
    if "partition bound" in has:
        return f"{head} PARTITION OF {has['parents']} {has['partition bound']}{tail}"
    own = [each for each in columns if each.attributes.get("inherited") != "yes"]
    lines = [column_definition(each, side) for each in own] + [
        f"CONSTRAINT {last_part(each.key.name)} {each.attributes['definition']}"
        for each in side.parts(obj.key, "constraint")
        if is_inline(each)
    ]
    inherits = f" INHERITS ({has['parents']})" if "parents" in has else ""
    inside = "\n    " + ",\n    ".join(lines) + "\n" if lines else ""
    return f"{head} ({inside}){inherits}{tail}"


def is_inline(constraint: SchemaObject) -> bool:
    """Whether CREATE TABLE declares the constraint; otherwise ALTER TABLE adds it afterwards.

    A foreign key needs the other table first, and NOT VALID has no effect in CREATE TABLE.
    """
    text = constraint.attributes["definition"]
    is_later = text.startswith("FOREIGN KEY") or text.endswith((" NOT VALID", " NOT ENFORCED"))
    return not is_later and constraint.attributes.get("inherited") != "yes"
