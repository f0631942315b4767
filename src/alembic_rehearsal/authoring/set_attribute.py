"""The statements that set one attribute of an existing object, such as a comment, by kind.

Setters of tables and indexes, and the definition of a setter, are in `table_options.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic_rehearsal.authoring.create import name_on_table
from alembic_rehearsal.authoring.create_table import owned_by_statements, sequence_options
from alembic_rehearsal.authoring.side import last_part
from alembic_rehearsal.authoring.steps import CatalogGuard
from alembic_rehearsal.authoring.table_options import (
    Setter,
    SqlStatements,
    alter_statement,
    kind_keyword,
    reindex_invalid,
    set_access_method,
    set_clustered,
    set_forced_row_security,
    set_index_comment,
    set_index_options,
    set_index_statistics,
    set_options,
    set_persistence,
    set_replica_identity,
    set_replica_identity_index,
    set_row_security,
    set_row_type,
    set_toast_options,
)
from alembic_rehearsal.core.schema.picture import SchemaObject, split_name
from alembic_rehearsal.core.values.quoting import quote_identifier, quote_literal

_USUAL = "without its usual comment"
_OF_PUBLIC = "'standard public schema'"  # as initdb writes it (pg_namespace.dat)
_ON_TABLE = ("trigger", "rule", "policy")
_FIRES = {
    "never": "DISABLE",
    "on origin": "ENABLE",
    "on replicas": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}


def _set_comment(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    literal = quote_literal(after) if after else "NULL"
    if obj.key == ("schema", "public") and not after and _USUAL not in obj.attributes:
        literal = _OF_PUBLIC
    return (f"COMMENT ON {_comment_target(obj)} IS {literal}",)


def _comment_target(obj: SchemaObject) -> str:
    kind, name = obj.key
    if kind == "constraint":
        assert obj.parent is not None
        domain = "DOMAIN " if obj.parent.kind == "domain" else ""
        return f"CONSTRAINT {last_part(name)} ON {domain}{obj.parent.name}"
    return f"{kind_keyword(kind)} {name_on_table(obj) if kind in _ON_TABLE else name}"


def _set_usual_comment(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return (f"COMMENT ON SCHEMA {obj.key.name} IS {'NULL' if after else _OF_PUBLIC}",)


def _set_firing(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    if obj.key.kind == "event trigger":
        return (f"ALTER EVENT TRIGGER {obj.key.name} {_FIRES[after]}",)
    assert obj.parent is not None
    action = f"{_FIRES[after]} {obj.key.kind.upper()} {last_part(obj.key.name)}"
    return (f"ALTER TABLE {obj.parent.name} {action}",)


def _set_extension_dependency(obj: SchemaObject, before: str, after: str) -> SqlStatements:
    old, new = ({each for each in text.split(", ") if each} for text in (before, after))
    place = name_on_table(obj) if obj.key.kind == "trigger" else obj.key.name
    head = f"ALTER {kind_keyword(obj.key.kind)} {place}"
    return (
        *(f"{head} NO DEPENDS ON EXTENSION {each}" for each in sorted(old - new)),
        *(f"{head} DEPENDS ON EXTENSION {each}" for each in sorted(new - old)),
    )


def _set_extension_version(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"UPDATE TO {quote_literal(after)}")


def _set_extension_schema(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"SET SCHEMA {after}")


def _set_domain_default(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"SET DEFAULT {after}" if after else "DROP DEFAULT")


def _set_domain_not_null(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, "SET NOT NULL" if after else "DROP NOT NULL")


def _rename_domain_not_null(obj: SchemaObject, before: str, after: str) -> SqlStatements | None:
    if not (before and after):
        return None
    return alter_statement(
        obj, f"RENAME CONSTRAINT {quote_identifier(before)} TO {quote_identifier(after)}"
    )


def _comment_domain_not_null(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    plain = split_name(obj.key.name)[-1]
    name = obj.attributes.get("name of its NOT NULL", f"{plain}_not_null")
    literal = quote_literal(after) if after else "NULL"
    return (
        f"COMMENT ON CONSTRAINT {quote_identifier(name)} ON DOMAIN {obj.key.name} IS {literal}",
    )


def _set_sequence_options(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, sequence_options(obj))


def _set_sequence_owner(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return owned_by_statements(obj) if after else alter_statement(obj, "OWNED BY NONE")


def _alter_policy(obj: SchemaObject, before: str, after: str) -> SqlStatements | None:
    """ALTER POLICY with all clauses; None to remove a clause, which ALTER POLICY cannot do."""
    if not after:
        return None
    has = obj.attributes
    words = [f"ALTER POLICY {name_on_table(obj)} TO {has['roles']}"]
    words += [f"USING ({has['using']})"] if "using" in has else []
    words += [f"WITH CHECK ({has['check']})"] if "check" in has else []
    return (" ".join(words),)


def _set_statistics_target(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"SET STATISTICS {after or -1}")


def _set_nothing(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    """No statement: the attribute follows from another one."""
    return ()


_SEQUENCE_ATTRIBUTES = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle")

SETTERS: Mapping[str, Mapping[str, Setter]] = {
    "schema": {_USUAL: _set_usual_comment},
    "extension": {"version": _set_extension_version, "schema": _set_extension_schema},
    "table": {
        "persistence": set_persistence,
        "row security": set_row_security,
        "row security for the owner": set_forced_row_security,
        "replica identity": set_replica_identity,
        "options": set_options,
        "options of its TOAST table": set_toast_options,
        "of type": set_row_type,
        "access method": set_access_method,
    },
    "view": {"options": set_options},
    "materialized view": {
        "options": set_options,
        "depends on extension": _set_extension_dependency,
    },
    "sequence": {
        **dict.fromkeys(_SEQUENCE_ATTRIBUTES, _set_sequence_options),
        "persistence": set_persistence,
        "column": _set_sequence_owner,
    },
    "domain": {
        "default": _set_domain_default,
        "not null": _set_domain_not_null,
        "name of its NOT NULL": _rename_domain_not_null,
        "comment on its NOT NULL": _comment_domain_not_null,
    },
    "constraint": {
        "index options": set_index_options,
        "comment on its index": set_index_comment,
        "clustered": set_clustered,
        "replica identity": set_replica_identity_index,
        "attached": _set_nothing,
        "inherited": _set_nothing,
    },
    "index": {
        "invalid": reindex_invalid,
        "clustered": set_clustered,
        "replica identity": set_replica_identity_index,
        "statistics": set_index_statistics,
        "depends on extension": _set_extension_dependency,
        "attached": _set_nothing,
    },
    "trigger": {"fires": _set_firing, "depends on extension": _set_extension_dependency},
    "rule": {"fires": _set_firing},
    "policy": dict.fromkeys(("roles", "using", "check"), _alter_policy),
    "event trigger": {"fires": _set_firing},
    "statistics": {"target": _set_statistics_target},
    "function": {"depends on extension": _set_extension_dependency},
    "procedure": {"depends on extension": _set_extension_dependency},
}
_COMMENTED = frozenset(SETTERS) | {
    *("enum", "range type", "type", "collation"),
    *("column", "aggregate"),
}


def find_setter(kind: str, attribute: str) -> Setter | None:
    if attribute == "comment" and kind in _COMMENTED:
        return _set_comment
    return SETTERS.get(kind, {}).get(attribute)


def setter_guard(obj: SchemaObject, attribute: str, before: str, after: str) -> CatalogGuard | None:
    """The guard of a setter that fails, or costs time, if its attribute is already set."""
    match obj.key.kind, attribute:
        case "index", "invalid":
            return CatalogGuard("is_valid", (obj.key.name,), True)
        case "table", "of type":
            return CatalogGuard("row_type_of", (obj.key.name,), after or None)
        case "domain", "name of its NOT NULL":
            return CatalogGuard("has_constraint", (obj.key.name, after), True)
    return None


# Attributes that need no setter after CREATE: they are the default, or part of the statement.
DEFAULT_ATTRIBUTES = {("trigger", "fires"), ("rule", "fires"), ("event trigger", "fires")}
SET_BY_CREATE: Mapping[str, frozenset[str]] = {
    "extension": frozenset({"version", "schema"}),
    "table": frozenset({"persistence", "options", "access method"}),
    "view": frozenset({"options"}),
    "materialized view": frozenset({"options"}),
    "sequence": frozenset({*_SEQUENCE_ATTRIBUTES, "persistence", "column"}),
    "domain": frozenset({"default", "not null", "name of its NOT NULL"}),
    "policy": frozenset({"roles", "using", "check"}),
}


def follow_up_statements(obj: SchemaObject) -> SqlStatements:
    """The statements for attributes that the CREATE of an object does not set."""
    found: list[str] = []
    for name, text in obj.attributes.items():
        set_it = find_setter(obj.key.kind, name)
        is_usual = (obj.key.kind, name) in DEFAULT_ATTRIBUTES and text == "on origin"
        if set_it and not is_usual and name not in SET_BY_CREATE.get(obj.key.kind, ()):
            found += set_it(obj, "", text) or ()
    return tuple(found)
