"""Advice on what to write into a revision: calls of Alembic's `op` for simple cases.

Used by findings; corrective revisions are written as SQL (`plan.py`, `render.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from alembic_rehearsal.core.history.revisions import OutsideUse
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import YES, Change, Difference
from alembic_rehearsal.core.schema.picture import split_name
from alembic_rehearsal.core.values.phrases import MAX_SHOWN

_DROPPED_BY_SQL = {
    "domain": "DOMAIN",
    "enum": "TYPE",
    "extension": "EXTENSION",
    "function": "FUNCTION",
    "materialized view": "MATERIALIZED VIEW",
    "schema": "SCHEMA",
    "sequence": "SEQUENCE",
    "type": "TYPE",
    "view": "VIEW",
}
_RANDOM = re.compile(r"uuid|random|secrets|token")
_ENVIRONMENT = re.compile(r"reads|getenv|environ|gethostname|node\(|getuser")
# PostgreSQL manual, Error Codes: objects that exist already, and objects that do not exist.
_DUPLICATE_COLUMN, _DUPLICATE_TABLE, _DUPLICATE_OBJECT = "42701", "42P07", "42710"
_GONE = frozenset({"42703", "42704", "42P01"})
_ONE_WAY = 'raise NotImplementedError("...")   (in its downgrade, if there is no way back)'
_NEEDS_ALEMBIC = "(of Alembic 1.16)"


def downgrade_advice(left: Iterable[Difference], fallback: str = "mend the downgrade") -> str:
    """What to write for a downgrade that left differences behind.

    The calls that would remove them, or `fallback` if there are none; then, as the
    alternative, how to declare that the revision is one-way.
    """
    lines = downgrade_calls(left)
    first = f"{lines[0]}   (in its downgrade)" if lines else fallback
    return "\n".join([first, *lines[1:], _ONE_WAY])


def downgrade_calls(differences: Iterable[Difference]) -> list[str]:
    """The calls that undo what a downgrade has left behind or changed, without repetitions.

    At most five, and none for what a single call cannot undo.
    """
    lines = dict.fromkeys(filter(None, map(_undo_call, differences)))
    return list(lines)[:MAX_SHOWN]


def _undo_call(difference: Difference) -> str:
    kind, name = difference.kind, difference.name
    if difference.change is Change.CHANGED:
        return _restore_column_call(difference) if kind == "column" else ""
    if difference.change is not Change.ADDED:
        return ""
    if kind in _DROPPED_BY_SQL:
        return f"op.execute({_string_literal(f'DROP {_DROPPED_BY_SQL[kind]} {name}')})"
    names = split_name(name)
    match kind, len(names):
        case "table" | "index", 2:
            return _op_call(f"drop_{kind}", names[1:], names[0])
        case "column" | "constraint", 3:
            order = names[1:] if kind == "column" else (names[2], names[1])
            return _op_call(f"drop_{kind}", order, names[0])
        case _:
            return ""


def _restore_column_call(difference: Difference) -> str:
    """The call that restores a column's nullability or default, which is `difference.first`."""
    schema, *names = split_name(difference.name)
    match difference.attribute:
        case "not null":
            option = f"nullable={difference.first != YES}"
        case "default":
            was = f"sa.text({_string_literal(difference.first)})" if difference.first else None
            option = f"server_default={was}"
        case _:
            return ""
    return _op_call("alter_column", names, schema, option)


def _op_call(function: str, names: Sequence[str], schema: str, *options: str) -> str:
    own = () if schema == "public" else (f"schema={_string_literal(schema)}",)
    return f"op.{function}({', '.join([*map(_string_literal, names), *options, *own])})"


def _string_literal(text: str) -> str:
    """A Python string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def guard_advice(failure: Failure | None, more: Sequence[Difference]) -> str:
    """How to make an upgrade repeatable: a check before what failed, or what was made twice.

    `failure` is how the second run failed; None if it ran and changed `more`.
    """
    if failure is None:
        if more and more[0].kind in ("rows of", "values of"):
            return (
                "INSERT ... ON CONFLICT DO NOTHING   (or WHERE NOT EXISTS; UPDATE what is not yet)"
            )
        return "if NAME not in sa.inspect(op.get_bind()).get_table_names():   (or get_columns ...)"
    if failure.sqlstate == _DUPLICATE_TABLE:
        is_index = re.match(r"\s*CREATE\s+(UNIQUE\s+)?INDEX\b", failure.statement, re.IGNORECASE)
        return f"op.create_{'index' if is_index else 'table'}(..., if_not_exists=True)"
    if failure.sqlstate == _DUPLICATE_COLUMN:
        return f"op.add_column(..., if_not_exists=True)   {_NEEDS_ALEMBIC}"
    if failure.sqlstate == _DUPLICATE_OBJECT and "type" in failure.message:
        return "sa.Enum(..., name=...).create(op.get_bind(), checkfirst=True)"
    if failure.sqlstate in _GONE:
        others = "drop_index, drop_table: the same"
        return f"op.drop_column(..., if_exists=True)   {_NEEDS_ALEMBIC}; {others}"
    return "if NAME not in sa.inspect(op.get_bind()).get_table_names():   (or get_columns ...)"


def self_contained_advice(outside_uses: Iterable[OutsideUse]) -> list[str]:
    """What to write instead of each kind of outside use, one line each."""
    return list(dict.fromkeys(map(_replacement, outside_uses)))


def _replacement(use: OutsideUse) -> str:
    if use.text.startswith("imports"):
        return (
            'customers = sa.table("customers", sa.column("id"), sa.column("name"))   '
            "(instead of the model; a literal instead of a constant)"
        )
    if _ENVIRONMENT.search(use.text):
        return 'CURRENCY = "EUR"   (the value itself, instead of the variable)'
    if _RANDOM.search(use.text):
        return 'sa.text("gen_random_uuid()")   (a default of the database; or a literal)'
    return "sa.func.now()   (instead of the clock; or a literal)"
