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


def set_index_comment(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    comment = quote_literal(after) if after else "NULL"
    return (f"COMMENT ON INDEX {index_of_constraint(thing)} IS {comment}",)


def index_of_constraint(constraint: SchemaObject) -> str:
    """The qualified name of a constraint's index: the constraint's name, in the table's schema."""
    assert constraint.parent is not None
    table = constraint.parent.name
    return table[: -len(last_part(table))] + last_part(constraint.key.name)


def set_options(thing: SchemaObject, before: str, after: str) -> SqlStatements:
    actions = option_actions(before, after)
    return tuple(
        f"ALTER {kind_keyword(thing.key.kind)} {thing.key.name} {each}" for each in actions
    )


def set_toast_options(thing: SchemaObject, before: str, after: str) -> SqlStatements:
    actions = option_actions(before, after, "toast.")
    return tuple(f"ALTER TABLE {thing.key.name} {each}" for each in actions)


def set_index_options(thing: SchemaObject, before: str, after: str) -> SqlStatements:
    return tuple(
        f"ALTER INDEX {index_of_constraint(thing)} {each}" for each in option_actions(before, after)
    )


def set_persistence(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(thing, "SET UNLOGGED" if after else "SET LOGGED")


def set_row_security(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(thing, f"{'ENABLE' if after else 'DISABLE'} ROW LEVEL SECURITY")


def set_forced_row_security(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(thing, f"{'' if after else 'NO '}FORCE ROW LEVEL SECURITY")


def set_replica_identity(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    words = {"full": "FULL", "nothing": "NOTHING", "": "DEFAULT"}
    return alter_statement(thing, f"REPLICA IDENTITY {words[after]}") if after in words else ()


def set_replica_identity_index(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    """Only to set it: to remove it is a change of the table's own replica identity."""
    table, name = owner_and_name(thing.key, thing.parent)
    use = f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {quote_identifier(name)}"
    return (use,) if after else ()


def set_row_type(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    return alter_statement(thing, f"OF {after}" if after else "NOT OF")


def set_access_method(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    usual = "DEFAULT" if "partition key" in thing.attributes else "heap"  # DEFAULT: from 17 on
    return alter_statement(thing, f"SET ACCESS METHOD {after or usual}")


def set_clustered(thing: SchemaObject, _: str, after: str) -> SqlStatements:
    assert thing.parent is not None
    action = f"CLUSTER ON {last_part(thing.key.name)}" if after else "SET WITHOUT CLUSTER"
    return (f"ALTER {kind_keyword(thing.parent.kind)} {thing.parent.name} {action}",)


def reindex_invalid(thing: SchemaObject, before: str, after: str) -> SqlStatements | None:
    """REINDEX makes an index valid; no statement makes one invalid."""
    return None if after else (f"REINDEX INDEX {thing.key.name}",)


def set_index_statistics(thing: SchemaObject, before: str, after: str) -> SqlStatements:
    old, new = (
        dict(each.split(": ", 1) for each in text.split(", ") if each) for text in (before, after)
    )
    return tuple(
        f"ALTER INDEX {thing.key.name} ALTER COLUMN {column} SET STATISTICS {new.get(column, -1)}"
        for column in sorted({*old, *new})
        if old.get(column) != new.get(column)
    )


def alter_statement(thing: SchemaObject, action: str) -> SqlStatements:
    return (f"ALTER {kind_keyword(thing.key.kind)} {thing.key.name} {action}",)


def option_actions(before: str, after: str, prefix: str = "") -> list[str]:
    """The SET and RESET actions between two lists of options, written as "a=1, b=2"."""
    old, new = (
        dict(each.split("=", 1) for each in text.split(", ") if each) for text in (before, after)
    )
    gone = [f"{prefix}{name}" for name in old if name not in new]
    given = [f"{prefix}{name}={value}" for name, value in new.items() if old.get(name) != value]
    return [f"RESET ({', '.join(gone)})"] * bool(gone) + [f"SET ({', '.join(given)})"] * bool(given)
