"""The steps that change the values of an enum.

New values are added in place.  To remove or reorder values, a new type replaces the old one.
"""

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
# Objects that use the type and would have to be created again with it: a person has to decide.
_HOLDERS = (
    *("function", "procedure", "aggregate"),
    *("domain", "range type", "type", "operator", "cast"),
)


def plan_value_change(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """Steps for an enum whose values or their order differ; `Unexpressed` if there are none."""
    old, new = enum_labels(before), enum_labels(after)
    kept = [each for each in new if each in old]
    if kept == old:
        return Alteration(tuple(_add_values(after, old, new, difference)))
    return _replace_type(before, after, source, target, difference)


def _add_values(
    obj: SchemaObject, old: list[str], new: list[str], difference: str
) -> list[ChangeStep]:
    steps: list[ChangeStep] = []
    there = list(old)
    for position, value in enumerate(new):
        if value in there:
            continue
        where = _position_clause(new, position, there)
        there.append(value)
        sql = f"ALTER TYPE {obj.key.name} ADD VALUE IF NOT EXISTS {quote_literal(value)}{where}"
        steps.append(ChangeStep(Phase.VALUES, len(steps), (), (sql,), difference))
    return steps


def _position_clause(new: list[str], position: int, there: list[str]) -> str:
    if position:
        return f" AFTER {quote_literal(new[position - 1])}"
    following = next((each for each in new if each in there), None)
    return f" BEFORE {quote_literal(following)}" if following else ""


def _replace_type(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """Replace the type by a new one of the same name, and convert the columns to it."""
    name = before.key.name
    holders = source.mentioning(name, _HOLDERS) + [
        each
        for each in source.objects.values()
        if each.key.kind == "column"
        and each.parent is not None
        and each.parent.kind == "type"
        and mentions(each.attributes.get("type", ""), name)
    ]
    if holders:
        why = f"no statement removes a value of an enum, and {holders[0].key} uses the enum"
        return Unexpressed(difference, why)
    columns = [
        each
        for each in source.objects.values()
        if each.key.kind == "column"
        and each.parent is not None
        and each.parent.kind == "table"
        and mentions(each.attributes["type"], name)
        and each.key in target.objects  # the others have been dropped by then
    ]
    former = f"{split_last_part(name)[0]}.{_former_name(name)}"
    guard = CatalogGuard(
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
    warning = f"enum {name}: it fails if a row has {shown}" if lost else ""
    step = ChangeStep(
        Phase.MAKE, rank("enum"), (name,), tuple(sql), difference, (guard,), "", warning
    )
    return Alteration((step,), (before,), (guard,))


def _former_name(name: str) -> str:
    own = last_part(name)
    return f'{own[:-1]}{_FORMER_SUFFIX}"' if own.endswith('"') else f"{own}{_FORMER_SUFFIX}"


def _alter_column_prefix(column: SchemaObject) -> str:
    assert column.parent is not None
    return f"ALTER TABLE {column.parent.name} ALTER COLUMN {last_part(column.key.name)}"


def _inherits_type(column: SchemaObject, side: Side) -> bool:
    """Whether its type follows the column of the parent table."""
    table = side.objects[column.parent] if column.parent else None
    return "inherited" in column.attributes or bool(table and "partition bound" in table.attributes)


def _convert_column(column: SchemaObject) -> str:
    name, type = last_part(column.key.name), column.attributes["type"]
    through = "text[]" if type.endswith("[]") else "text"
    return f"{_alter_column_prefix(column)} TYPE {type} USING {name}::{through}::{type}"


def _restore_default(column: SchemaObject, source: Side, target: Side) -> list[str]:
    """Set the column's new default: the old one may be a value that is removed."""
    new = target.objects.get(column.key)
    is_kept = new is None or new.attributes["type"] != column.attributes["type"]
    wanted, side = (column, source) if is_kept or new is None else (new, target)
    if "default" not in wanted.attributes:
        return []
    return [f"{_alter_column_prefix(column)} SET DEFAULT {default_sql(wanted, side)}"]
