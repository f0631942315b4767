"""The statements that create each kind of object, from its picture, and the one that drops it.

What CREATE cannot express, such as a comment, is set afterwards: `set_attribute.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from alembic_rehearsal.authoring.column_sql import column_definition
from alembic_rehearsal.authoring.create_function import routine_definition
from alembic_rehearsal.authoring.create_table import create_sequence, create_table, with_clause
from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_identifier, quote_literal

Create = Callable[[SchemaObject, Side], tuple[str, ...]]


def _create_schema(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    return (f"CREATE SCHEMA {obj.key.name}",)


def _create_extension(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    schema, version = obj.attributes["schema"], quote_literal(obj.attributes["version"])
    return (f"CREATE EXTENSION {obj.key.name} WITH SCHEMA {schema} VERSION {version}",)


def _create_enum(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    values = ", ".join(quote_literal(each) for each in enum_labels(obj))
    return (f"CREATE TYPE {obj.key.name} AS ENUM ({values})",)


def enum_labels(obj: SchemaObject) -> list[str]:
    return [str(each) for each in json.loads(obj.attributes["values"])]


def _create_domain(obj: SchemaObject, side: Side) -> tuple[str, ...]:
    has = obj.attributes
    words = [f"CREATE DOMAIN {obj.key.name} AS {has['type']}"]
    words += [f"COLLATE {has['collation']}"] if "collation" in has else []
    words += [f"DEFAULT {has['default']}"] if "default" in has else []
    if "name of its NOT NULL" in has:
        words.append(f"CONSTRAINT {quote_identifier(has['name of its NOT NULL'])} NOT NULL")
    elif "not null" in has:
        words.append("NOT NULL")
    for each in side.parts(obj.key, "constraint"):
        words.append(f"CONSTRAINT {last_part(each.key.name)} {each.attributes['definition']}")
    return (" ".join(words),)


def _create_composite(obj: SchemaObject, side: Side) -> tuple[str, ...]:
    columns = ", ".join(column_definition(each, side) for each in side.parts(obj.key, "column"))
    return (f"CREATE TYPE {obj.key.name} AS ({columns})",)


_RANGE_OPTIONS = {
    "subtype": "subtype",
    "operator class": "subtype_opclass",
    "collation": "collation",
    "canonical function": "canonical",
    "difference function": "subtype_diff",
    "multirange": "multirange_type_name",
}


def _create_range(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    given = [
        f"{word} = {obj.attributes[name]}"
        for name, word in _RANGE_OPTIONS.items()
        if name in obj.attributes
    ]
    return (f"CREATE TYPE {obj.key.name} AS RANGE ({', '.join(given)})",)


def _create_view(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    query = obj.attributes["definition"].rstrip().removesuffix(";")
    return (f"CREATE VIEW {obj.key.name}{with_clause(obj)} AS\n{query}",)


def _create_materialized_view(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    method = obj.attributes.get("access method")
    using = f" USING {method}" if method else ""
    query = obj.attributes["definition"].rstrip().removesuffix(";")
    return (f"CREATE MATERIALIZED VIEW {obj.key.name}{using}{with_clause(obj)} AS\n{query}",)


def _create_index(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    return (index_definition(obj),)


def index_definition(obj: SchemaObject) -> str:
    """CREATE INDEX as pg_get_indexdef prints it, without ON ONLY: partitions get the index too."""
    assert obj.parent is not None, "an index has a table"
    has = obj.attributes
    unique = "UNIQUE " if "unique" in has else ""
    where = f" {has['predicate']}" if "predicate" in has else ""
    name = f"{last_part(obj.key.name)} ON {obj.parent.name}"
    return f"CREATE {unique}INDEX {name} USING {has['definition']}{where}"


def _add_constraint(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    name, definition = last_part(obj.key.name), obj.attributes["definition"]
    return (f"{_alter_owner(obj)} ADD CONSTRAINT {name} {definition}",)


def _alter_owner(obj: SchemaObject) -> str:
    assert obj.parent is not None, "a constraint has a table or a domain"
    return f"ALTER {'DOMAIN' if obj.parent.kind == 'domain' else 'TABLE'} {obj.parent.name}"


def _create_as_defined(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    return (obj.attributes["definition"].rstrip().removesuffix(";"),)


def _create_policy(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    has = obj.attributes
    words = [f"CREATE POLICY {name_on_table(obj)}"]
    words += ["AS RESTRICTIVE"] if "restrictive" in has else []
    words += [f"FOR {has['command'].upper()} TO {has['roles']}"]
    words += [f"USING ({has['using']})"] if "using" in has else []
    words += [f"WITH CHECK ({has['check']})"] if "check" in has else []
    return (" ".join(words),)


def name_on_table(obj: SchemaObject) -> str:
    assert obj.parent is not None, "it acts on a table"
    return f"{last_part(obj.key.name)} ON {obj.parent.name}"


def _create_event_trigger(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    has = obj.attributes
    tags = ", ".join(quote_literal(each) for each in has.get("tags", "").split(", ") if each)
    when = f" WHEN TAG IN ({tags})" if tags else ""
    clauses = f"ON {has['event']}{when} EXECUTE FUNCTION {has['function']}"
    return (f"CREATE EVENT TRIGGER {obj.key.name} {clauses}",)


_COLLATION_OPTIONS = {
    "collate": "LC_COLLATE",
    "character type": "LC_CTYPE",
    "locale": "LOCALE",
    "rules": "RULES",
}


def _create_collation(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    has = obj.attributes
    given = [f"PROVIDER = {has['provider']}"]
    given += [
        f"{word} = {quote_literal(has[name])}"
        for name, word in _COLLATION_OPTIONS.items()
        if name in has
    ]
    given += ["DETERMINISTIC = false"] if "nondeterministic" in has else []
    return (f"CREATE COLLATION {obj.key.name} ({', '.join(given)})",)


def _create_routine(obj: SchemaObject, _: Side) -> tuple[str, ...]:
    return (routine_definition(obj),)


CREATE: Mapping[str, Create] = {
    "schema": _create_schema,
    "extension": _create_extension,
    "collation": _create_collation,
    "enum": _create_enum,
    "domain": _create_domain,
    "type": _create_composite,
    "range type": _create_range,
    "sequence": create_sequence,
    "function": _create_routine,
    "procedure": _create_routine,
    "table": create_table,
    "constraint": _add_constraint,
    "index": _create_index,
    "view": _create_view,
    "materialized view": _create_materialized_view,
    "statistics": _create_as_defined,
    "rule": _create_as_defined,
    "trigger": _create_as_defined,
    "policy": _create_policy,
    "event trigger": _create_event_trigger,
}


def drop_statement(obj: SchemaObject) -> str:
    """The statement that drops an object, and nothing else with it."""
    kind, name = obj.key
    if kind == "constraint":
        return f"{_alter_owner(obj)} DROP CONSTRAINT {last_part(name)}"
    if kind in ("trigger", "rule", "policy"):
        return f"DROP {kind.upper()} {name_on_table(obj)}"
    word = "TYPE" if kind in ("enum", "range type") else kind.upper()
    return f"DROP {word} {name}"
