"""Values of enums: added where they stand; taken away by a type that takes the place of it."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter import Alteration
from alembic_rehearsal.authoring.column_sql import default_sql
from alembic_rehearsal.authoring.create import CREATE, enum_labels
from alembic_rehearsal.authoring.guards import split_last_part
from alembic_rehearsal.authoring.order import rank
from alembic_rehearsal.authoring.side import Side, last_part, mentions
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangeStep, Phase, Unexpressed
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_literal

_FORMER_SUFFIX = "_as_it_was"
# What PostgreSQL would have to make anew with the type, and nobody can without looking.
_HOLDERS = (
    *("function", "procedure", "aggregate"),
    *("domain", "range type", "type", "operator", "cast"),
)


def plan_value_change(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Alteration | Unexpressed:
    old, new = enum_labels(before), enum_labels(after)
    kept = [each for each in new if each in old]
    if kept == old:
        return Alteration(tuple(_add_values(after, old, new, said)))
    return _replace_type(before, after, source, target, said)


def _add_values(thing: SchemaObject, old: list[str], new: list[str], said: str) -> list[ChangeStep]:
    steps: list[ChangeStep] = []
    there = list(old)
    for place, value in enumerate(new):
        if value in there:
            continue
        beside = _position_clause(new, place, there)
        there.append(value)
        sql = f"ALTER TYPE {thing.key.name} ADD VALUE IF NOT EXISTS {quote_literal(value)}{beside}"
        steps.append(ChangeStep(Phase.VALUES, len(steps), (), (sql,), said))
    return steps


def _position_clause(new: list[str], place: int, there: list[str]) -> str:
    if place:
        return f" AFTER {quote_literal(new[place - 1])}"
    following = next((each for each in new if each in there), None)
    return f" BEFORE {quote_literal(following)}" if following else ""


def _replace_type(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Alteration | Unexpressed:
    """No statement takes a value away: another type gets the name, and the columns."""
    name = before.key.name
    holders = source.mentioning(name, _HOLDERS) + [
        each
        for each in source.things.values()
        if each.key.kind == "column"
        and each.parent is not None
        and each.parent.kind == "type"
        and mentions(each.attributes.get("type", ""), name)
    ]
    if holders:
        why = f"no statement takes a value of an enum away, and {holders[0].key} is made of it"
        return Unexpressed(said, why)
    columns = [
        each
        for each in source.things.values()
        if each.key.kind == "column"
        and each.parent is not None
        and each.parent.kind == "table"
        and mentions(each.attributes["type"], name)
        and each.key in target.things  # those that go are gone by then
    ]
    former = f"{split_last_part(name)[0]}.{_former_name(name)}"
    look = CatalogGuard(
        "values_of", (name,), ", ".join(quote_literal(each) for each in enum_labels(after))
    )
    sql = [f"ALTER TYPE {name} RENAME TO {_former_name(name)}", *CREATE["enum"](after, source)]
    sql += [
        f"{_alter_column_prefix(each)} DROP DEFAULT"
        for each in columns
        if "default" in each.attributes
    ]
    sql += [_convert_column(each) for each in columns if not _inherits_type(each, source)]
    sql += [each for column in columns for each in _restore_default(column, source, target)]
    sql.append(f"DROP TYPE {former}")
    lost = [each for each in enum_labels(before) if each not in enum_labels(after)]
    shown = " or ".join(map(quote_literal, lost))
    warns = f"enum {name}: it fails where a row has {shown}" if lost else ""
    step = ChangeStep(Phase.MAKE, rank("enum"), (name,), tuple(sql), said, (look,), "", warns)
    return Alteration((step,), (before,), (look,))


def _former_name(name: str) -> str:
    own = last_part(name)
    return f'{own[:-1]}{_FORMER_SUFFIX}"' if own.endswith('"') else f"{own}{_FORMER_SUFFIX}"


def _alter_column_prefix(column: SchemaObject) -> str:
    assert column.parent is not None
    return f"ALTER TABLE {column.parent.name} ALTER COLUMN {last_part(column.key.name)}"


def _inherits_type(column: SchemaObject, side: Side) -> bool:
    """Whether its type is that of the parent table's column."""
    table = side.things[column.parent] if column.parent else None
    return "inherited" in column.attributes or bool(table and "partition bound" in table.attributes)


def _convert_column(column: SchemaObject) -> str:
    name, type = last_part(column.key.name), column.attributes["type"]
    through = "text[]" if type.endswith("[]") else "text"
    return f"{_alter_column_prefix(column)} TYPE {type} USING {name}::{through}::{type}"


def _restore_default(column: SchemaObject, source: Side, target: Side) -> list[str]:
    """The default that it is to have: the one that it had may be the value that goes."""
    right = target.things.get(column.key)
    is_kept = right is None or right.attributes["type"] != column.attributes["type"]
    wanted, side = (column, source) if is_kept or right is None else (right, target)
    if "default" not in wanted.attributes:
        return []
    return [f"{_alter_column_prefix(column)} SET DEFAULT {default_sql(wanted, side)}"]
