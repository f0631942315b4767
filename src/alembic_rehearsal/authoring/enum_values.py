"""Values of enums: added where they stand; taken away by a type that takes the place of it."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter import Written
from alembic_rehearsal.authoring.column_sql import default
from alembic_rehearsal.authoring.create import CREATE, values_of
from alembic_rehearsal.authoring.guards import split
from alembic_rehearsal.authoring.order import rank
from alembic_rehearsal.authoring.side import Side, last, mentions
from alembic_rehearsal.authoring.steps import Look, Phase, Step, Unexpressed
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_literal

_FORMER = "_as_it_was"
# What PostgreSQL would have to make anew with the type, and nobody can without looking.
_HOLDERS = (
    *("function", "procedure", "aggregate"),
    *("domain", "range type", "type", "operator", "cast"),
)


def changed(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Written | Unexpressed:
    old, new = values_of(before), values_of(after)
    kept = [each for each in new if each in old]
    if kept == old:
        return Written(tuple(_added(after, old, new, said)))
    return _replaced(before, after, source, target, said)


def _added(thing: SchemaObject, old: list[str], new: list[str], said: str) -> list[Step]:
    steps: list[Step] = []
    there = list(old)
    for place, value in enumerate(new):
        if value in there:
            continue
        beside = _beside(new, place, there)
        there.append(value)
        sql = f"ALTER TYPE {thing.key.name} ADD VALUE IF NOT EXISTS {quote_literal(value)}{beside}"
        steps.append(Step(Phase.VALUES, len(steps), (), (sql,), said))
    return steps


def _beside(new: list[str], place: int, there: list[str]) -> str:
    if place:
        return f" AFTER {quote_literal(new[place - 1])}"
    following = next((each for each in new if each in there), None)
    return f" BEFORE {quote_literal(following)}" if following else ""


def _replaced(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Written | Unexpressed:
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
    former = f"{split(name)[0]}.{_plain(name)}"
    look = Look("values_of", (name,), ", ".join(quote_literal(each) for each in values_of(after)))
    sql = [f"ALTER TYPE {name} RENAME TO {_plain(name)}", *CREATE["enum"](after, source)]
    sql += [f"{_alter(each)} DROP DEFAULT" for each in columns if "default" in each.attributes]
    sql += [_moved(each) for each in columns if not _follows(each, source)]
    sql += [each for column in columns for each in _with_default(column, source, target)]
    sql.append(f"DROP TYPE {former}")
    lost = [each for each in values_of(before) if each not in values_of(after)]
    shown = " or ".join(map(quote_literal, lost))
    warns = f"enum {name}: it fails where a row has {shown}" if lost else ""
    step = Step(Phase.MAKE, rank("enum"), (name,), tuple(sql), said, (look,), "", warns)
    return Written((step,), (before,), (look,))


def _plain(name: str) -> str:
    own = last(name)
    return f'{own[:-1]}{_FORMER}"' if own.endswith('"') else f"{own}{_FORMER}"


def _alter(column: SchemaObject) -> str:
    assert column.parent is not None
    return f"ALTER TABLE {column.parent.name} ALTER COLUMN {last(column.key.name)}"


def _follows(column: SchemaObject, side: Side) -> bool:
    """Whether its type is that of the parent table's column."""
    table = side.things[column.parent] if column.parent else None
    return "inherited" in column.attributes or bool(table and "partition bound" in table.attributes)


def _moved(column: SchemaObject) -> str:
    name, type = last(column.key.name), column.attributes["type"]
    through = "text[]" if type.endswith("[]") else "text"
    return f"{_alter(column)} TYPE {type} USING {name}::{through}::{type}"


def _with_default(column: SchemaObject, source: Side, target: Side) -> list[str]:
    """The default that it is to have: the one that it had may be the value that goes."""
    right = target.things.get(column.key)
    is_kept = right is None or right.attributes["type"] != column.attributes["type"]
    wanted, side = (column, source) if is_kept or right is None else (right, target)
    if "default" not in wanted.attributes:
        return []
    return [f"{_alter(column)} SET DEFAULT {default(wanted, side)}"]
