"""The SQL that declares a column, and its parts: default, generated expression, identity."""

from __future__ import annotations

from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_identifier

OWN_SEQUENCE = "nextval(the sequence that it owns)"
DECLARED_ATTRIBUTES = frozenset(
    {
        "type",
        "collation",
        "default",
        "generated",
        "identity",
        "settings of its sequence",
        "name of its sequence",
        "not null",
        "name of its NOT NULL",
    }
)


def column_definition(column: SchemaObject, side: Side) -> str:
    """A column as CREATE TABLE and ADD COLUMN declare it."""
    has = column.attributes
    words = [last_part(column.key.name), has["type"]]
    words += [f"COLLATE {has['collation']}"] if "collation" in has else []
    words += [f"DEFAULT {default_sql(column, side)}"] if "default" in has else []
    if "generated" in has:
        words.append(f"GENERATED ALWAYS AS {_generated_sql(has['generated'])}")
    if "identity" in has:
        words.append(identity_sql(column))
    if "not null" in has and "not valid in its NOT NULL" not in has:
        name = has.get("name of its NOT NULL")
        words += [f"CONSTRAINT {quote_identifier(name)} NOT NULL"] if name else ["NOT NULL"]
        words += ["NO INHERIT"] if "no inherit in its NOT NULL" in has else []
    return " ".join(words)


def default_sql(column: SchemaObject, side: Side) -> str:
    """The default as SQL; for a serial column it names the sequence that the column owns."""
    default = column.attributes["default"]
    sequence = side.own_sequence(column.key) if default == OWN_SEQUENCE else None
    if sequence is None:
        return default
    name = sequence.key.name.replace("'", "''")
    return f"nextval('{name}'::regclass)"


def _generated_sql(generated: str) -> str:
    kind, _, expression = generated.partition(" ")
    inside = expression if expression.startswith("(") else f"({expression})"
    return f"({inside}) {kind.upper()}"


def identity_sql(column: SchemaObject) -> str:
    has = column.attributes
    given = identity_options(has["settings of its sequence"])
    if "name of its sequence" in has:
        schema = column.key.name.split(".")[0]
        given = f"SEQUENCE NAME {schema}.{quote_identifier(has['name of its sequence'])} {given}"
    return f"GENERATED {has['identity'].upper()} AS IDENTITY ({given})"


def identity_options(settings: str) -> str:
    return settings[settings.index("START ") :].removesuffix(" UNLOGGED")
