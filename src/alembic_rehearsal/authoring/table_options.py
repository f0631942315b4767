"""The statements that set one attribute of an existing table, view or index.

A setter takes the object as it should be, and the attribute's text before and after ("" for
none).  It returns statements that may be run repeatedly, or None if no statement can do it.
"""

from __future__ import annotations

from collections.abc import Callable

from alembic_rehearsal.authoring.guards import owner_and_name
from alembic_rehearsal.authoring.side import last_part
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_identifier, quote_literal

SqlStatements = tuple[str, ...]
Setter = Callable[[SchemaObject, str, str], SqlStatements | None]

_WORDS = {"enum": "TYPE", "range type": "TYPE"}


def kind_keyword(kind: str) -> str:
    """The keyword of a kind of object in a statement."""
    return _WORDS.get(kind, kind.upper())


def set_index_comment(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    comment = quote_literal(after) if after else "NULL"
    return (f"COMMENT ON INDEX {index_of_constraint(obj)} IS {comment}",)


def index_of_constraint(constraint: SchemaObject) -> str:
    """The qualified name of a constraint's index: the constraint's name, in the table's schema."""
    assert constraint.parent is not None
    table = constraint.parent.name
    return table[: -len(last_part(table))] + last_part(constraint.key.name)


def set_options(obj: SchemaObject, before: str, after: str) -> SqlStatements:
    actions = option_actions(before, after)
    return tuple(f"ALTER {kind_keyword(obj.key.kind)} {obj.key.name} {each}" for each in actions)


def set_toast_options(obj: SchemaObject, before: str, after: str) -> SqlStatements:
    actions = option_actions(before, after, "toast.")
    return tuple(f"ALTER TABLE {obj.key.name} {each}" for each in actions)


def set_index_options(obj: SchemaObject, before: str, after: str) -> SqlStatements:
    return tuple(
        f"ALTER INDEX {index_of_constraint(obj)} {each}" for each in option_actions(before, after)
    )


def set_persistence(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, "SET UNLOGGED" if after else "SET LOGGED")


def set_row_security(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"{'ENABLE' if after else 'DISABLE'} ROW LEVEL SECURITY")


def set_forced_row_security(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"{'' if after else 'NO '}FORCE ROW LEVEL SECURITY")


def set_replica_identity(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    words = {"full": "FULL", "nothing": "NOTHING", "": "DEFAULT"}
    return alter_statement(obj, f"REPLICA IDENTITY {words[after]}") if after in words else ()


def set_replica_identity_index(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    """Only to set it: to remove it is a change of the table's own replica identity."""
    table, name = owner_and_name(obj.key, obj.parent)
    use = f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {quote_identifier(name)}"
    return (use,) if after else ()


def set_row_type(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(obj, f"OF {after}" if after else "NOT OF")


def set_access_method(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    usual = "DEFAULT" if "partition key" in obj.attributes else "heap"  # DEFAULT: from 17 on
    return alter_statement(obj, f"SET ACCESS METHOD {after or usual}")


def set_clustered(obj: SchemaObject, _: str, after: str) -> SqlStatements:
    assert obj.parent is not None
    action = f"CLUSTER ON {last_part(obj.key.name)}" if after else "SET WITHOUT CLUSTER"
    return (f"ALTER {kind_keyword(obj.parent.kind)} {obj.parent.name} {action}",)


def reindex_invalid(obj: SchemaObject, before: str, after: str) -> SqlStatements | None:
    """REINDEX makes an index valid; no statement makes one invalid."""
    return None if after else (f"REINDEX INDEX {obj.key.name}",)


def set_index_statistics(obj: SchemaObject, before: str, after: str) -> SqlStatements:
    old, new = (
        dict(each.split(": ", 1) for each in text.split(", ") if each) for text in (before, after)
    )
    return tuple(
        f"ALTER INDEX {obj.key.name} ALTER COLUMN {column} SET STATISTICS {new.get(column, -1)}"
        for column in sorted({*old, *new})
        if old.get(column) != new.get(column)
    )


def alter_statement(obj: SchemaObject, action: str) -> SqlStatements:
    return (f"ALTER {kind_keyword(obj.key.kind)} {obj.key.name} {action}",)


def option_actions(before: str, after: str, prefix: str = "") -> list[str]:
    """The SET and RESET actions between two lists of options, written as "a=1, b=2"."""
    old, new = (
        dict(each.split("=", 1) for each in text.split(", ") if each) for text in (before, after)
    )
    gone = [f"{prefix}{name}" for name in old if name not in new]
    given = [f"{prefix}{name}={value}" for name, value in new.items() if old.get(name) != value]
    return [f"RESET ({', '.join(gone)})"] * bool(gone) + [f"SET ({', '.join(given)})"] * bool(given)
