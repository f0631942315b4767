"""The steps that create a whole object, and the one that drops it."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter_column import DERIVED_ATTRIBUTES, column_changes
from alembic_rehearsal.authoring.column_sql import DECLARED_ATTRIBUTES, column_definition
from alembic_rehearsal.authoring.create import CREATE, drop_statement
from alembic_rehearsal.authoring.guards import existence_guard
from alembic_rehearsal.authoring.order import DROPPED_EARLY, rank
from alembic_rehearsal.authoring.set_attribute import follow_up_statements
from alembic_rehearsal.authoring.side import Side, last_part, routine_name
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangeStep, Phase
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DIFFERS_FROM_PARENT
from alembic_rehearsal.core.schema.picture import SchemaObject

_ROUTINES = ("function", "procedure")


def names_of(thing: SchemaObject, side: Side) -> tuple[str, ...]:
    """The names by which other objects mention this one and the sequences that it owns.

    Parts such as columns have no name of their own here: others mention their owner.
    """
    if thing.key.kind in _ROUTINES:
        return (routine_name(thing.key.name),)
    columns = [thing] if thing.key.kind == "column" else side.parts(thing.key, "column")
    owned = [each.key.name for column in columns if (each := side.own_sequence(column.key))]
    is_part = thing.parent is not None and thing.key.kind not in ("index", "statistics")
    return (*owned,) if is_part else (thing.key.name, *owned)


def rank_of(thing: SchemaObject, side: Side) -> int:
    """The rank of an object's kind; foreign keys have their own, and children follow parents."""
    kind = thing.key.kind
    if kind == "constraint" and thing.attributes["definition"].startswith("FOREIGN KEY"):
        kind = "foreign key"
    owner = side.things.get(thing.parent) if thing.parent else thing
    return rank(kind, depth=1 if owner and "parents" in owner.attributes else 0)


def make_steps(
    thing: SchemaObject, side: Side, difference: str, *, exists: bool = False
) -> list[ChangeStep]:
    """The steps that create a missing object.

    With `exists` its owner's CREATE makes it, and only its follow-up statements are needed.
    """
    if thing.key.kind == "column":
        return [_add_column(thing, side, difference)]
    if "attached" in thing.attributes or thing.attributes.get("inherited") == "yes":
        return []  # it is created with its parent
    exists = exists or DIFFERS_FROM_PARENT in thing.attributes
    sql = (*(() if exists else CREATE[thing.key.kind](thing, side)), *follow_up_statements(thing))
    if thing.key.kind in ("table", "view", "materialized view", "type"):
        for column in side.parts(thing.key, "column"):
            sql += column_follow_up(column, side)
    guards = () if exists else (existence_guard(thing, expected=True),)
    if not sql:
        return []
    text = side.text(thing)
    return [
        ChangeStep(
            Phase.MAKE, rank_of(thing, side), names_of(thing, side), sql, difference, guards, text
        )
    ]


def _add_column(column: SchemaObject, side: Side, difference: str) -> ChangeStep:
    assert column.parent is not None
    is_type = column.parent.kind == "type"
    serial = side.own_sequence(column.key)
    before = (CREATE["sequence"](serial, side)[0],) if serial else ()
    after = (f"ALTER SEQUENCE {serial.key.name} OWNED BY {column.key.name}",) if serial else ()
    add = "ADD ATTRIBUTE" if is_type else "ADD COLUMN"
    owner = f"ALTER {'TYPE' if is_type else 'TABLE'} {column.parent.name}"
    sql = (*before, f"{owner} {add} {column_definition(column, side)}", *after)
    has = column.attributes
    is_required = not is_type and "not null" in has
    is_required = is_required and not {"default", "identity", "generated"} & has.keys()
    warning = f"{column.key} is NOT NULL without a default: it fails on a table with rows"
    return ChangeStep(
        Phase.MAKE,
        rank_of(column, side),
        (),
        (*sql, *column_follow_up(column, side)),
        difference,
        (existence_guard(column, expected=True),),
        side.text(column),
        warning if is_required else "",
    )


def column_follow_up(column: SchemaObject, side: Side) -> tuple[str, ...]:
    """The statements for the attributes that a column's declaration cannot express."""
    assert column.parent is not None
    kept = {name: text for name, text in column.attributes.items() if name in DECLARED_ATTRIBUTES}
    blank = SchemaObject(column.key, column.parent, kept)
    rest = (
        column.attributes.keys()
        - DECLARED_ATTRIBUTES
        - DERIVED_ATTRIBUTES
        - {"comment", "not valid in its NOT NULL"}
    )
    if column.parent.kind in ("view", "materialized view"):
        default = column.attributes.get("default")
        name = f"ALTER VIEW {column.parent.name} ALTER COLUMN {last_part(column.key.name)}"
        return (
            *((f"{name} SET DEFAULT {default}",) if default else ()),
            *follow_up_statements(column),
        )
    found = column_changes(blank, column, side, rest) or []
    actions = ", ".join(action for each in found for action in each.actions)
    sql = (f"ALTER TABLE {column.parent.name} {actions}",) if actions else ()
    return (*sql, *follow_up_statements(column))


def drop_step(
    thing: SchemaObject,
    side: Side,
    difference: str,
    *,
    guards: tuple[CatalogGuard, ...] = (),
    early: bool = False,
) -> ChangeStep:
    """The step that drops an object.

    `guards` are those of the change that the drop is needed for; without any, the guard is
    that the object still exists.  `early` puts the drop before everything is created.
    """
    phase = Phase.CLEAR if early or thing.key.kind in DROPPED_EARLY else Phase.DROP
    sql = drop_column_statement(thing) if thing.key.kind == "column" else drop_statement(thing)
    return ChangeStep(
        phase,
        rank_of(thing, side),
        names_of(thing, side),
        (sql,),
        difference,
        guards or (existence_guard(thing, expected=False),),
        side.text(thing),
        _loss_warning(thing, is_recreated=bool(guards)),
    )


def drop_column_statement(column: SchemaObject) -> str:
    assert column.parent is not None
    is_type = column.parent.kind == "type"
    word, part = ("TYPE", "ATTRIBUTE") if is_type else ("TABLE", "COLUMN")
    return f"ALTER {word} {column.parent.name} DROP {part} {last_part(column.key.name)}"


def _loss_warning(thing: SchemaObject, *, is_recreated: bool) -> str:
    kind, name = thing.key
    if is_recreated:
        is_granted = "privileges" in thing.attributes
        return f"the privileges granted on {kind} {name} are lost" if is_granted else ""
    if kind == "table":
        return f"DATA LOSS: table {name} is dropped with all of its rows"
    if kind == "column" and "generated" not in thing.attributes:
        return f"DATA LOSS: column {name} is dropped with all of its values"
    if kind == "sequence":
        return f"DATA LOSS: sequence {name} is dropped with its current value"
    return ""
