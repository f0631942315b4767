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


def names_of(obj: SchemaObject, side: Side) -> tuple[str, ...]:
    """The names by which other objects mention this one and the sequences that it owns.

    Parts such as columns have no name of their own here: others mention their owner.
    """
    if obj.key.kind in _ROUTINES:
        return (routine_name(obj.key.name),)
    columns = [obj] if obj.key.kind == "column" else side.parts(obj.key, "column")
    owned = [each.key.name for column in columns if (each := side.own_sequence(column.key))]
    is_part = obj.parent is not None and obj.key.kind not in ("index", "statistics")
    return (*owned,) if is_part else (obj.key.name, *owned)


def rank_of(obj: SchemaObject, side: Side) -> int:
    """The rank of an object's kind; foreign keys have their own, and children follow parents."""
    kind = obj.key.kind
    if kind == "constraint" and obj.attributes["definition"].startswith("FOREIGN KEY"):
        kind = "foreign key"
    owner = side.objects.get(obj.parent) if obj.parent else obj
    return rank(kind, depth=1 if owner and "parents" in owner.attributes else 0)


def make_steps(
    obj: SchemaObject, side: Side, difference: str, *, exists: bool = False
) -> list[ChangeStep]:
    """The steps that create a missing object.

    With `exists` its owner's CREATE makes it, and only its follow-up statements are needed.
    """
    if obj.key.kind == "column":
        return [_add_column(obj, side, difference)]
    if "attached" in obj.attributes or obj.attributes.get("inherited") == "yes":
        return []  # it is created with its parent
    exists = exists or DIFFERS_FROM_PARENT in obj.attributes
    sql = (*(() if exists else CREATE[obj.key.kind](obj, side)), *follow_up_statements(obj))
    if obj.key.kind in ("table", "view", "materialized view", "type"):
        for column in side.parts(obj.key, "column"):
            sql += column_follow_up(column, side)
    guards = () if exists else (existence_guard(obj, expected=True),)
    if not sql:
        return []
    text = side.text(obj)
    return [
        ChangeStep(
            Phase.MAKE, rank_of(obj, side), names_of(obj, side), sql, difference, guards, text
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
    obj: SchemaObject,
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
    phase = Phase.CLEAR if early or obj.key.kind in DROPPED_EARLY else Phase.DROP
    sql = drop_column_statement(obj) if obj.key.kind == "column" else drop_statement(obj)
    return ChangeStep(
        phase,
        rank_of(obj, side),
        names_of(obj, side),
        (sql,),
        difference,
        guards or (existence_guard(obj, expected=False),),
        side.text(obj),
        _loss_warning(obj, is_recreated=bool(guards)),
    )


def drop_column_statement(column: SchemaObject) -> str:
    assert column.parent is not None
    is_type = column.parent.kind == "type"
    word, part = ("TYPE", "ATTRIBUTE") if is_type else ("TABLE", "COLUMN")
    return f"ALTER {word} {column.parent.name} DROP {part} {last_part(column.key.name)}"


def _loss_warning(obj: SchemaObject, *, is_recreated: bool) -> str:
    kind, name = obj.key
    if is_recreated:
        is_granted = "privileges" in obj.attributes
        return f"the privileges granted on {kind} {name} are lost" if is_granted else ""
    if kind == "table":
        return f"DATA LOSS: table {name} is dropped with all of its rows"
    if kind == "column" and "generated" not in obj.attributes:
        return f"DATA LOSS: column {name} is dropped with all of its values"
    if kind == "sequence":
        return f"DATA LOSS: sequence {name} is dropped with its current value"
    return ""
