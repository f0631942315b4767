"""The actions of ALTER TABLE that give an existing column its new attributes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from alembic_rehearsal.authoring.column_sql import (
    default_sql,
    identity_options,
    identity_sql,
)
from alembic_rehearsal.authoring.guards import owner_and_name
from alembic_rehearsal.authoring.side import Side, last_part, mentions
from alembic_rehearsal.authoring.steps import CatalogGuard
from alembic_rehearsal.authoring.table_options import option_actions
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_identifier

# Attributes that follow from other attributes, or from how the column was made: never set alone.
DERIVED_ATTRIBUTES = frozenset(
    {"position", "inherited", "local in its NOT NULL", "foreign options"}
)
_SETTING = re.compile(r"\b(START|INCREMENT|MINVALUE|MAXVALUE|CACHE|CYCLE)\b")


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """The actions of one ALTER TABLE, and the guard that shows whether they are needed."""

    actions: tuple[str, ...]
    guard: CatalogGuard | None = None


def _column_change(*actions: str, guard: CatalogGuard | None = None) -> ColumnChange:
    return ColumnChange(actions, guard)


def column_changes(
    old: SchemaObject, new: SchemaObject, side: Side, changed: Collection[str]
) -> list[ColumnChange] | None:
    """The changes that give a column its new attributes; None if no statement can."""
    found: list[ColumnChange] = []
    rest = set(changed) - DERIVED_ATTRIBUTES
    if rest & {"generated"} and not _can_be_generated(old, new):
        return None
    for attributes, write in _WRITERS:
        if rest & attributes:
            made = write(old, new, side)
            if made is None:
                return None
            found += made
            rest -= attributes
    if "identity" not in new.attributes:  # a default can be set only after DROP IDENTITY
        found.sort(key=lambda each: "DROP IDENTITY" not in each.actions[0])
    return None if rest else found


def _can_be_generated(old: SchemaObject, new: SchemaObject) -> bool:
    """Whether ALTER COLUMN can do it: only a stored generated column can be altered.

    Otherwise the column has to be dropped and created again.
    """
    before, after = old.attributes.get("generated", ""), new.attributes.get("generated", "")
    return before.startswith("stored") and (not after or after.startswith("stored"))


def _change_type(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange]:
    has, name = new.attributes, last_part(new.key.name)
    collate = f" COLLATE {has['collation']}" if "collation" in has else ""
    is_other = old.attributes["type"] != has["type"]
    by = using_clause(name, old, new) if is_other and "generated" not in has else ""
    actions = [f"ALTER COLUMN {name} TYPE {has['type']}{collate}{by}"]
    if is_other and "default" in old.attributes:
        actions.insert(0, f"ALTER COLUMN {name} DROP DEFAULT")
        if "default" in has:
            actions.append(f"ALTER COLUMN {name} SET DEFAULT {default_sql(new, side)}")
    if is_other:
        guard = CatalogGuard("type_of", _guard_arguments(new), has["type"])
    else:
        guard = CatalogGuard("collation_of", _guard_arguments(new), has.get("collation"))
    return [_column_change(*actions, guard=guard)]


def using_clause(name: str, old: SchemaObject, new: SchemaObject) -> str:
    """The USING clause for a change of type, "" if Postgres converts without one.

    There is never one for a string type: an explicit cast to `varchar(n)` cuts values off,
    while the conversion that ALTER TABLE makes by itself fails for values that are too long
    (PostgreSQL manual, Character Types).
    """
    first, second = (_without_length(each.attributes["type"]) for each in (old, new))
    if first.endswith("[]") and second.endswith("[]"):
        first, second = first[:-2], second[:-2]
    if second in _STRINGS or any({first, second} <= each for each in _CONVERTED_BY_POSTGRES):
        return ""
    through = "" if first in _STRINGS else "::text"
    return f" USING {name}{through}::{new.attributes['type']}"


def _without_length(type: str) -> str:
    """The type without its length or precision."""
    return re.sub(r"\([\d, -]+\)", "", type)


_STRINGS = frozenset({"text", "character varying", "character"})
# Within each of these sets Postgres has assignment casts (pg_cast.dat).
_CONVERTED_BY_POSTGRES = (
    frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"json", "jsonb"}),
)


def _guard_arguments(column: SchemaObject) -> tuple[str, str]:
    return owner_and_name(column.key, column.parent)


def _change_default(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange]:
    name = last_part(new.key.name)
    if "default" not in new.attributes:
        action, default = f"ALTER COLUMN {name} DROP DEFAULT", None
    else:
        default = default_sql(new, side)
        action = f"ALTER COLUMN {name} SET DEFAULT {default}"
    guard = CatalogGuard("default_of", _guard_arguments(new), default)
    return [_column_change(action, guard=guard)]


def _change_not_null(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange] | None:
    name, has = last_part(new.key.name), new.attributes
    if "not null" not in has:
        action = f"ALTER COLUMN {name} DROP NOT NULL"
        guard = CatalogGuard("is_not_null", _guard_arguments(new), False)
        return [_column_change(action, guard=guard)]
    given, is_later = has.get("name of its NOT NULL"), "not valid in its NOT NULL" in has
    is_there = "not null" in old.attributes
    if not given and not is_later:
        first = (
            ()
            if not is_there or "name of its NOT NULL" not in old.attributes
            else (_drop_not_null(name),)
        )
        if first and _is_in_key(new, side):
            return None
        actions = (*first, f"ALTER COLUMN {name} SET NOT NULL")
        guard = CatalogGuard("is_not_null", _guard_arguments(new), True)
        return [_column_change(*actions, guard=None if first else guard)]
    if is_there and _is_in_key(new, side):
        return None
    constraint = f"CONSTRAINT {quote_identifier(given)} " if given else ""
    later = " NOT VALID" if is_later else ""
    first = (_drop_not_null(name),) if is_there else ()
    return [_column_change(*first, f"ADD {constraint}NOT NULL {name}{later}")]


def _drop_not_null(name: str) -> str:
    return f"ALTER COLUMN {name} DROP NOT NULL"


def _is_in_key(column: SchemaObject, side: Side) -> bool:
    assert column.parent is not None
    return any(
        each.attributes["definition"].startswith("PRIMARY KEY")
        and mentions(each.attributes["definition"], last_part(column.key.name))
        for each in side.parts(column.parent, "constraint")
    )


def _change_generation(
    old: SchemaObject, new: SchemaObject, side: Side
) -> list[ColumnChange] | None:
    name = last_part(new.key.name)
    if "generated" not in new.attributes:
        return [_column_change(f"ALTER COLUMN {name} DROP EXPRESSION IF EXISTS")]
    if side.major < 17:
        return None
    expression = new.attributes["generated"].partition(" ")[2]
    action = f"ALTER COLUMN {name} SET EXPRESSION AS ({expression})"
    guard = CatalogGuard("default_of", _guard_arguments(new), expression)
    return [_column_change(action, guard=guard)]


def _change_identity(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange] | None:
    name, had, has = last_part(new.key.name), old.attributes, new.attributes
    guard = CatalogGuard("identity_of", _guard_arguments(new), has.get("identity"))
    if "identity" not in has:
        return [_column_change(f"ALTER COLUMN {name} DROP IDENTITY", guard=guard)]
    if "identity" not in had:
        return [_column_change(f"ALTER COLUMN {name} ADD {identity_sql(new)}", guard=guard)]
    if had.get("name of its sequence") != has.get("name of its sequence"):
        return None
    settings = _SETTING.sub(r"SET \1", identity_options(has["settings of its sequence"]))
    if "CYCLE" not in settings:
        settings += " SET NO CYCLE"
    action = f"SET GENERATED {has['identity'].upper()} {settings}"
    return [_column_change(f"ALTER COLUMN {name} {action}")]


def _change_storage(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange] | None:
    value = new.attributes.get("storage", "default" if side.major >= 16 else "")
    if not value:
        return None
    return [_column_change(f"ALTER COLUMN {last_part(new.key.name)} SET STORAGE {value.upper()}")]


def _change_compression(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange]:
    value = new.attributes.get("compression", "default")
    return [_column_change(f"ALTER COLUMN {last_part(new.key.name)} SET COMPRESSION {value}")]


def _change_statistics(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange]:
    value = new.attributes.get("statistics", "-1")
    return [_column_change(f"ALTER COLUMN {last_part(new.key.name)} SET STATISTICS {value}")]


def _change_options(old: SchemaObject, new: SchemaObject, side: Side) -> list[ColumnChange]:
    name = last_part(new.key.name)
    actions = option_actions(old.attributes.get("options", ""), new.attributes.get("options", ""))
    return [_column_change(*(f"ALTER COLUMN {name} {each}" for each in actions))]


_WRITERS = (
    (frozenset({"generated"}), _change_generation),
    (frozenset({"type", "collation"}), _change_type),
    (frozenset({"default"}), _change_default),
    (
        frozenset(
            {
                "not null",
                "name of its NOT NULL",
                "not valid in its NOT NULL",
                "no inherit in its NOT NULL",
            }
        ),
        _change_not_null,
    ),
    (
        frozenset({"identity", "settings of its sequence", "name of its sequence"}),
        _change_identity,
    ),
    (frozenset({"storage"}), _change_storage),
    (frozenset({"compression"}), _change_compression),
    (frozenset({"statistics"}), _change_statistics),
    (frozenset({"options"}), _change_options),
)
