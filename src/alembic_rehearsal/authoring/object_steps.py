"""The steps that make a whole object, and the one that drops it."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter_column import FOLLOWS, changes
from alembic_rehearsal.authoring.column_sql import DECLARED, definition
from alembic_rehearsal.authoring.create import CREATE, drop
from alembic_rehearsal.authoring.guards import is_there
from alembic_rehearsal.authoring.order import rank
from alembic_rehearsal.authoring.set_attribute import afterwards
from alembic_rehearsal.authoring.side import Side, last, routine
from alembic_rehearsal.authoring.steps import Look, Phase, Step
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DIFFERS_FROM_PARENT
from alembic_rehearsal.core.schema.picture import SchemaObject

_ROUTINES = ("function", "procedure")
_CLEARED = (
    "constraint",
    "index",
    "view",
    "materialized view",
    "statistics",
    "rule",
    "policy",
    "trigger",
    "event trigger",
)


def names_of(thing: SchemaObject, side: Side) -> tuple[str, ...]:
    """What other objects mention it by, with its sequences; a part is known by its owner."""
    if thing.key.kind in _ROUTINES:
        return (routine(thing.key.name),)
    columns = [thing] if thing.key.kind == "column" else side.parts(thing.key, "column")
    owned = [each.key.name for column in columns if (each := side.own_sequence(column.key))]
    is_part = thing.parent is not None and thing.key.kind not in ("index", "statistics")
    return (*owned,) if is_part else (thing.key.name, *owned)


def rank_of(thing: SchemaObject, side: Side) -> int:
    kind = thing.key.kind
    if kind == "constraint" and thing.attributes["definition"].startswith("FOREIGN KEY"):
        kind = "foreign key"
    owner = side.things.get(thing.parent) if thing.parent else thing
    return rank(kind, depth=1 if owner and "parents" in owner.attributes else 0)


def make_steps(thing: SchemaObject, side: Side, said: str, *, is_made: bool = False) -> list[Step]:
    """An object that is missing; `is_made`: all but what is set on it afterwards."""
    if thing.key.kind == "column":
        return [_add_column(thing, side, said)]
    if "attached" in thing.attributes or thing.attributes.get("inherited") == "yes":
        return []  # it comes with what it is a part of
    is_made = is_made or DIFFERS_FROM_PARENT in thing.attributes
    sql = (*(() if is_made else CREATE[thing.key.kind](thing, side)), *afterwards(thing))
    if thing.key.kind in ("table", "view", "materialized view", "type"):
        for column in side.parts(thing.key, "column"):
            sql += column_afterwards(column, side)
    looks = () if is_made else (is_there(thing, right=True),)
    if not sql:
        return []
    text = side.text(thing)
    return [Step(Phase.MAKE, rank_of(thing, side), names_of(thing, side), sql, said, looks, text)]


def _add_column(column: SchemaObject, side: Side, said: str) -> Step:
    assert column.parent is not None
    is_type = column.parent.kind == "type"
    serial = side.own_sequence(column.key)
    before = (CREATE["sequence"](serial, side)[0],) if serial else ()
    after = (f"ALTER SEQUENCE {serial.key.name} OWNED BY {column.key.name}",) if serial else ()
    add = "ADD ATTRIBUTE" if is_type else "ADD COLUMN"
    owner = f"ALTER {'TYPE' if is_type else 'TABLE'} {column.parent.name}"
    sql = (*before, f"{owner} {add} {definition(column, side)}", *after)
    has = column.attributes
    is_filled = not is_type and "not null" in has
    is_filled = is_filled and not {"default", "identity", "generated"} & has.keys()
    warns = f"{column.key} is NOT NULL without a default: it fails on a table with rows"
    return Step(
        Phase.MAKE,
        rank_of(column, side),
        (),
        (*sql, *column_afterwards(column, side)),
        said,
        (is_there(column, right=True),),
        side.text(column),
        warns if is_filled else "",
    )


def column_afterwards(column: SchemaObject, side: Side) -> tuple[str, ...]:
    """What no declaration of a column says."""
    assert column.parent is not None
    kept = {name: text for name, text in column.attributes.items() if name in DECLARED}
    blank = SchemaObject(column.key, column.parent, kept)
    rest = column.attributes.keys() - DECLARED - FOLLOWS - {"comment", "not valid in its NOT NULL"}
    if column.parent.kind in ("view", "materialized view"):
        default = column.attributes.get("default")
        name = f"ALTER VIEW {column.parent.name} ALTER COLUMN {last(column.key.name)}"
        return (*((f"{name} SET DEFAULT {default}",) if default else ()), *afterwards(column))
    found = changes(blank, column, side, rest) or []
    actions = ", ".join(action for each in found for action in each.actions)
    sql = (f"ALTER TABLE {column.parent.name} {actions}",) if actions else ()
    return (*sql, *afterwards(column))


def drop_step(
    thing: SchemaObject, side: Side, said: str, *, looks: tuple[Look, ...] = (), early: bool = False
) -> Step:
    """`looks` are those of what it makes way for, where it does not go by its own."""
    phase = Phase.CLEAR if early or thing.key.kind in _CLEARED else Phase.DROP
    sql = drop_column(thing) if thing.key.kind == "column" else drop(thing)
    return Step(
        phase,
        rank_of(thing, side),
        names_of(thing, side),
        (sql,),
        said,
        looks or (is_there(thing, right=False),),
        side.text(thing),
        _lost(thing, is_back=bool(looks)),
    )


def drop_column(column: SchemaObject) -> str:
    assert column.parent is not None
    is_type = column.parent.kind == "type"
    word, part = ("TYPE", "ATTRIBUTE") if is_type else ("TABLE", "COLUMN")
    return f"ALTER {word} {column.parent.name} DROP {part} {last(column.key.name)}"


def _lost(thing: SchemaObject, *, is_back: bool) -> str:
    kind, name = thing.key
    if is_back:
        is_granted = "privileges" in thing.attributes
        return f"what was granted on {kind} {name} is lost" if is_granted else ""
    if kind == "table":
        return f"DATA LOSS: table {name} goes with all of its rows"
    if kind == "column" and "generated" not in thing.attributes:
        return f"DATA LOSS: column {name} goes with all of its values"
    return f"DATA LOSS: sequence {name} goes with its position" if kind == "sequence" else ""
