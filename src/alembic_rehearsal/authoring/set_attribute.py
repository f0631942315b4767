"""What is set on an object that is there, whatever it is: comments, where it fires, and the like.

The setters of tables and indexes, and what a setter is, are in `table_settings.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic_rehearsal.authoring.column_sql import quoted_name
from alembic_rehearsal.authoring.create import on_table
from alembic_rehearsal.authoring.create_table import owned, settings_of
from alembic_rehearsal.authoring.side import last
from alembic_rehearsal.authoring.steps import Look
from alembic_rehearsal.authoring.table_options import (
    Setter,
    Statements,
    access_method,
    alter,
    clustered,
    force_row_security,
    identity_by_index,
    index_comment,
    index_options,
    index_statistics,
    invalid,
    of_type,
    persistence,
    replica_identity,
    row_security,
    set_options,
    toast_options,
    word,
)
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_literal

_USUAL = "without its usual comment"
_OF_PUBLIC = "'standard public schema'"  # as initdb writes it (pg_namespace.dat)
_ON = ("trigger", "rule", "policy")
_FIRES = {
    "never": "DISABLE",
    "on origin": "ENABLE",
    "on replicas": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}


def _comment(thing: SchemaObject, _: str, after: str) -> Statements:
    said = quote_literal(after) if after else "NULL"
    if thing.key == ("schema", "public") and not after and _USUAL not in thing.attributes:
        said = _OF_PUBLIC
    return (f"COMMENT ON {_place(thing)} IS {said}",)


def _place(thing: SchemaObject) -> str:
    kind, name = thing.key
    if kind == "constraint":
        assert thing.parent is not None
        domain = "DOMAIN " if thing.parent.kind == "domain" else ""
        return f"CONSTRAINT {last(name)} ON {domain}{thing.parent.name}"
    return f"{word(kind)} {on_table(thing) if kind in _ON else name}"


def _usual_comment(thing: SchemaObject, _: str, after: str) -> Statements:
    return (f"COMMENT ON SCHEMA {thing.key.name} IS {'NULL' if after else _OF_PUBLIC}",)


def _fires(thing: SchemaObject, _: str, after: str) -> Statements:
    if thing.key.kind == "event trigger":
        return (f"ALTER EVENT TRIGGER {thing.key.name} {_FIRES[after]}",)
    assert thing.parent is not None
    action = f"{_FIRES[after]} {thing.key.kind.upper()} {last(thing.key.name)}"
    return (f"ALTER TABLE {thing.parent.name} {action}",)


def _needs_extension(thing: SchemaObject, before: str, after: str) -> Statements:
    old, new = ({each for each in text.split(", ") if each} for text in (before, after))
    place = on_table(thing) if thing.key.kind == "trigger" else thing.key.name
    head = f"ALTER {word(thing.key.kind)} {place}"
    return (
        *(f"{head} NO DEPENDS ON EXTENSION {each}" for each in sorted(old - new)),
        *(f"{head} DEPENDS ON EXTENSION {each}" for each in sorted(new - old)),
    )


def _extension_version(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, f"UPDATE TO {quote_literal(after)}")


def _extension_schema(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, f"SET SCHEMA {after}")


def _domain_default(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, f"SET DEFAULT {after}" if after else "DROP DEFAULT")


def _domain_not_null(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, "SET NOT NULL" if after else "DROP NOT NULL")


def _domain_not_null_name(thing: SchemaObject, before: str, after: str) -> Statements | None:
    if not (before and after):
        return None
    return alter(thing, f"RENAME CONSTRAINT {quoted_name(before)} TO {quoted_name(after)}")


def _domain_not_null_comment(thing: SchemaObject, _: str, after: str) -> Statements:
    plain = last(thing.key.name)
    name = thing.attributes.get("name of its NOT NULL", f"{plain}_not_null")
    said = quote_literal(after) if after else "NULL"
    return (f"COMMENT ON CONSTRAINT {quoted_name(name)} ON DOMAIN {thing.key.name} IS {said}",)


def _sequence(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, settings_of(thing))


def _sequence_owner(thing: SchemaObject, _: str, after: str) -> Statements:
    return owned(thing) if after else alter(thing, "OWNED BY NONE")


def _policy(thing: SchemaObject, before: str, after: str) -> Statements | None:
    """All that ALTER POLICY can set; it takes nothing away."""
    if not after:
        return None
    has = thing.attributes
    words = [f"ALTER POLICY {on_table(thing)} TO {has['roles']}"]
    words += [f"USING ({has['using']})"] if "using" in has else []
    words += [f"WITH CHECK ({has['check']})"] if "check" in has else []
    return (" ".join(words),)


def _target(thing: SchemaObject, _: str, after: str) -> Statements:
    return alter(thing, f"SET STATISTICS {after or -1}")


def _nothing(thing: SchemaObject, _: str, after: str) -> Statements:
    """It follows from another statement."""
    return ()


_IN_SEQUENCE = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle")

SETTERS: Mapping[str, Mapping[str, Setter]] = {
    "schema": {_USUAL: _usual_comment},
    "extension": {"version": _extension_version, "schema": _extension_schema},
    "table": {
        "persistence": persistence,
        "row security": row_security,
        "row security for the owner": force_row_security,
        "replica identity": replica_identity,
        "options": set_options,
        "options of its TOAST table": toast_options,
        "of type": of_type,
        "access method": access_method,
    },
    "view": {"options": set_options},
    "materialized view": {"options": set_options, "depends on extension": _needs_extension},
    "sequence": {
        **dict.fromkeys(_IN_SEQUENCE, _sequence),
        "persistence": persistence,
        "column": _sequence_owner,
    },
    "domain": {
        "default": _domain_default,
        "not null": _domain_not_null,
        "name of its NOT NULL": _domain_not_null_name,
        "comment on its NOT NULL": _domain_not_null_comment,
    },
    "constraint": {
        "index options": index_options,
        "comment on its index": index_comment,
        "clustered": clustered,
        "replica identity": identity_by_index,
        "attached": _nothing,
        "inherited": _nothing,
    },
    "index": {
        "invalid": invalid,
        "clustered": clustered,
        "replica identity": identity_by_index,
        "statistics": index_statistics,
        "depends on extension": _needs_extension,
        "attached": _nothing,
    },
    "trigger": {"fires": _fires, "depends on extension": _needs_extension},
    "rule": {"fires": _fires},
    "policy": dict.fromkeys(("roles", "using", "check"), _policy),
    "event trigger": {"fires": _fires},
    "statistics": {"target": _target},
    "function": {"depends on extension": _needs_extension},
    "procedure": {"depends on extension": _needs_extension},
}
_COMMENTED = frozenset(SETTERS) | {
    *("enum", "range type", "type", "collation"),
    *("column", "aggregate"),
}


def setter(kind: str, attribute: str) -> Setter | None:
    if attribute == "comment" and kind in _COMMENTED:
        return _comment
    return SETTERS.get(kind, {}).get(attribute)


def look_for(thing: SchemaObject, attribute: str, before: str, after: str) -> Look | None:
    """What tells that a setter has nothing to do, where running it again would fail or cost."""
    match thing.key.kind, attribute:
        case "index", "invalid":
            return Look("is_valid", (thing.key.name,), True)
        case "table", "of type":
            return Look("row_type_of", (thing.key.name,), after or None)
        case "domain", "name of its NOT NULL":
            return Look("has_constraint", (thing.key.name, after), True)
    return None


# What CREATE says already, or what is so by itself.
USUAL = {("trigger", "fires"), ("rule", "fires"), ("event trigger", "fires")}
MADE: Mapping[str, frozenset[str]] = {
    "extension": frozenset({"version", "schema"}),
    "table": frozenset({"persistence", "options", "access method"}),
    "view": frozenset({"options"}),
    "materialized view": frozenset({"options"}),
    "sequence": frozenset({*_IN_SEQUENCE, "persistence", "column"}),
    "domain": frozenset({"default", "not null", "name of its NOT NULL"}),
    "policy": frozenset({"roles", "using", "check"}),
}


def afterwards(thing: SchemaObject) -> Statements:
    """What an object that was just made gets to be as it should be."""
    found: list[str] = []
    for name, text in thing.attributes.items():
        set_it = setter(thing.key.kind, name)
        is_usual = (thing.key.kind, name) in USUAL and text == "on origin"
        if set_it and not is_usual and name not in MADE.get(thing.key.kind, ()):
            found += set_it(thing, "", text) or ()
    return tuple(found)
