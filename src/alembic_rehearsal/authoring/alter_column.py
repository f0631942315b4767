"""What brings a column that is there to what it should be, as actions of ALTER TABLE."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from alembic_rehearsal.authoring.column_sql import default, identity, of_sequence, quoted_name
from alembic_rehearsal.authoring.guards import within
from alembic_rehearsal.authoring.side import Side, last, mentions
from alembic_rehearsal.authoring.steps import Look
from alembic_rehearsal.authoring.table_options import option_actions
from alembic_rehearsal.core.schema.picture import SchemaObject

# What follows from something else that is told, or from how the column came to be.
FOLLOWS = frozenset({"position", "inherited", "local in its NOT NULL", "foreign options"})
_SETTING = re.compile(r"\b(START|INCREMENT|MINVALUE|MAXVALUE|CACHE|CYCLE)\b")


@dataclass(frozen=True, slots=True)
class Change:
    """Actions of one ALTER TABLE, and what shows that they are done."""

    actions: tuple[str, ...]
    look: Look | None = None


def _change(*actions: str, look: Look | None = None) -> Change:
    return Change(actions, look)


def changes(
    old: SchemaObject, new: SchemaObject, side: Side, which: Collection[str]
) -> list[Change] | None:
    """What brings a column to its new attributes; None where no statement does."""
    found: list[Change] = []
    rest = set(which) - FOLLOWS
    if rest & {"generated"} and not _can_be_generated(old, new):
        return None
    for attributes, write in _WRITERS:
        if rest & attributes:
            made = write(old, new, side)
            if made is None:
                return None
            found += made
            rest -= attributes
    if "identity" not in new.attributes:  # it goes before a default can come
        found.sort(key=lambda each: "DROP IDENTITY" not in each.actions[0])
    return None if rest else found


def _can_be_generated(old: SchemaObject, new: SchemaObject) -> bool:
    """Whether it stays: a plain column, or another kind of generated one, is made anew."""
    before, after = old.attributes.get("generated", ""), new.attributes.get("generated", "")
    return before.startswith("stored") and (not after or after.startswith("stored"))


def _type(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change]:
    has, name = new.attributes, last(new.key.name)
    collate = f" COLLATE {has['collation']}" if "collation" in has else ""
    is_other = old.attributes["type"] != has["type"]
    by = using(name, old, new) if is_other and "generated" not in has else ""
    actions = [f"ALTER COLUMN {name} TYPE {has['type']}{collate}{by}"]
    if is_other and "default" in old.attributes:
        actions.insert(0, f"ALTER COLUMN {name} DROP DEFAULT")
        if "default" in has:
            actions.append(f"ALTER COLUMN {name} SET DEFAULT {default(new, side)}")
    if is_other:
        look = Look("type_of", _about(new), has["type"])
    else:
        look = Look("collation_of", _about(new), has.get("collation"))
    return [_change(*actions, look=look)]


def using(name: str, old: SchemaObject, new: SchemaObject) -> str:
    """How values get to be of the new type, where Postgres does not know it by itself.

    Never by a cast to a string of a length: that would cut values off, where the conversion
    that ALTER TABLE makes by itself fails (PostgreSQL manual, Character Types).
    """
    first, second = (_plain(each.attributes["type"]) for each in (old, new))
    if first.endswith("[]") and second.endswith("[]"):
        first, second = first[:-2], second[:-2]
    if second in _STRINGS or any({first, second} <= each for each in _FAMILIES):
        return ""
    through = "" if first in _STRINGS else "::text"
    return f" USING {name}{through}::{new.attributes['type']}"


def _plain(type: str) -> str:
    """The type without its length or precision."""
    return re.sub(r"\([\d, -]+\)", "", type)


_STRINGS = frozenset({"text", "character varying", "character"})
# Between these Postgres converts by assignment (pg_cast.dat).
_FAMILIES = (
    frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"json", "jsonb"}),
)


def _about(column: SchemaObject) -> tuple[str, str]:
    return within(column.key, column.parent)


def _default(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change]:
    name = last(new.key.name)
    if "default" not in new.attributes:
        action, right = f"ALTER COLUMN {name} DROP DEFAULT", None
    else:
        right = default(new, side)
        action = f"ALTER COLUMN {name} SET DEFAULT {right}"
    return [_change(action, look=Look("default_of", _about(new), right))]


def _not_null(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change] | None:
    name, has = last(new.key.name), new.attributes
    if "not null" not in has:
        action = f"ALTER COLUMN {name} DROP NOT NULL"
        return [_change(action, look=Look("is_not_null", _about(new), False))]
    given, is_later = has.get("name of its NOT NULL"), "not valid in its NOT NULL" in has
    is_there = "not null" in old.attributes
    if not given and not is_later:
        first = (
            ()
            if not is_there or "name of its NOT NULL" not in old.attributes
            else (_dropped(name),)
        )
        if first and _is_in_key(new, side):
            return None
        actions = (*first, f"ALTER COLUMN {name} SET NOT NULL")
        return [
            _change(*actions, look=Look("is_not_null", _about(new), True) if not first else None)
        ]
    if is_there and _is_in_key(new, side):
        return None
    called = f"CONSTRAINT {quoted_name(given)} " if given else ""
    later = " NOT VALID" if is_later else ""
    first = (_dropped(name),) if is_there else ()
    return [_change(*first, f"ADD {called}NOT NULL {name}{later}")]


def _dropped(name: str) -> str:
    return f"ALTER COLUMN {name} DROP NOT NULL"


def _is_in_key(column: SchemaObject, side: Side) -> bool:
    assert column.parent is not None
    return any(
        each.attributes["definition"].startswith("PRIMARY KEY")
        and mentions(each.attributes["definition"], last(column.key.name))
        for each in side.parts(column.parent, "constraint")
    )


def _generation(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change] | None:
    name = last(new.key.name)
    if "generated" not in new.attributes:
        return [_change(f"ALTER COLUMN {name} DROP EXPRESSION IF EXISTS")]
    if side.major < 17:
        return None
    said = new.attributes["generated"].partition(" ")[2]
    expression = f"ALTER COLUMN {name} SET EXPRESSION AS ({said})"
    return [_change(expression, look=Look("default_of", _about(new), said))]


def _identities(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change] | None:
    name, had, has = last(new.key.name), old.attributes, new.attributes
    look = Look("identity_of", _about(new), has.get("identity"))
    if "identity" not in has:
        return [_change(f"ALTER COLUMN {name} DROP IDENTITY", look=look)]
    if "identity" not in had:
        return [_change(f"ALTER COLUMN {name} ADD {identity(new)}", look=look)]
    if had.get("name of its sequence") != has.get("name of its sequence"):
        return None
    settings = _SETTING.sub(r"SET \1", of_sequence(has["settings of its sequence"]))
    if "CYCLE" not in settings:
        settings += " SET NO CYCLE"
    said = f"SET GENERATED {has['identity'].upper()} {settings}"
    return [_change(f"ALTER COLUMN {name} {said}")]


def _storage(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change] | None:
    value = new.attributes.get("storage", "default" if side.major >= 16 else "")
    if not value:
        return None
    return [_change(f"ALTER COLUMN {last(new.key.name)} SET STORAGE {value.upper()}")]


def _compression(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change]:
    value = new.attributes.get("compression", "default")
    return [_change(f"ALTER COLUMN {last(new.key.name)} SET COMPRESSION {value}")]


def _statistics(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change]:
    value = new.attributes.get("statistics", "-1")
    return [_change(f"ALTER COLUMN {last(new.key.name)} SET STATISTICS {value}")]


def _options(old: SchemaObject, new: SchemaObject, side: Side) -> list[Change]:
    name = last(new.key.name)
    actions = option_actions(old.attributes.get("options", ""), new.attributes.get("options", ""))
    return [_change(*(f"ALTER COLUMN {name} {each}" for each in actions))]


_WRITERS = (
    (frozenset({"generated"}), _generation),
    (frozenset({"type", "collation"}), _type),
    (frozenset({"default"}), _default),
    (
        frozenset(
            {
                "not null",
                "name of its NOT NULL",
                "not valid in its NOT NULL",
                "no inherit in its NOT NULL",
            }
        ),
        _not_null,
    ),
    (
        frozenset({"identity", "settings of its sequence", "name of its sequence"}),
        _identities,
    ),
    (frozenset({"storage"}), _storage),
    (frozenset({"compression"}), _compression),
    (frozenset({"statistics"}), _statistics),
    (frozenset({"options"}), _options),
)
