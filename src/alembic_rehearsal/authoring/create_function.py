"""The CREATE OR REPLACE statement of a function or procedure."""

from __future__ import annotations

import re

from alembic_rehearsal.authoring.side import has_parsed_body, routine_name
from alembic_rehearsal.core.schema.picture import SchemaObject
from alembic_rehearsal.core.values.quoting import quote_literal

_FLAGS = {
    "window": "WINDOW",
    "strict": "STRICT",
    "security definer": "SECURITY DEFINER",
    "leakproof": "LEAKPROOF",
}
_CHEAP = ("c", "internal")  # CREATE FUNCTION: the default cost of other languages is 100
# Settings whose value is a list: each element is quoted by itself (pg_dump, dumputils.c).
_LISTS = frozenset(
    {
        "search_path",
        "temp_tablespaces",
        "local_preload_libraries",
        "session_preload_libraries",
        "shared_preload_libraries",
        "unix_socket_directories",
    }
)


def routine_definition(obj: SchemaObject) -> str:
    has = obj.attributes
    head = f"{routine_name(obj.key.name)}({has.get('arguments', '')})"
    lines = [f"CREATE OR REPLACE {obj.key.kind.upper()} {head}"]
    lines += [f"RETURNS {has['result']}"] if "result" in has else []
    lines.append(" ".join(_routine_options(obj)))
    lines += [f"SET {name} TO {value}" for name, value in routine_settings(has.get("settings", ""))]
    lines.append(_routine_body(obj))
    return "\n".join(lines)


def _routine_options(obj: SchemaObject) -> list[str]:
    has = obj.attributes
    words = [f"LANGUAGE {has['language']}"]
    words += [
        f"TRANSFORM FOR TYPE {each}" for each in has.get("transforms", "").split(", ") if each
    ]
    if obj.key.kind == "function":
        words += [has["volatility"].upper()] if has["volatility"] != "volatile" else []
        words += [word for name, word in _FLAGS.items() if name in has]
        words += [f"PARALLEL {has['parallel'].upper()}"] if has["parallel"] != "unsafe" else []
        words += _planner_options(obj)
    elif "security definer" in has:
        words.append("SECURITY DEFINER")
    return words


def _planner_options(obj: SchemaObject) -> list[str]:
    has = obj.attributes
    words = []
    if has.get("cost", "") != ("1" if has["language"] in _CHEAP else "100"):
        words.append(f"COST {has['cost']}")
    if has.get("rows", "0") not in ("0", "1000") or ("SETOF" in has.get("result", "")):
        words.append(f"ROWS {has['rows']}")
    if "support function" in has:
        words.append(f"SUPPORT {routine_name(has['support function'])}")
    return words


def _routine_body(obj: SchemaObject) -> str:
    body = obj.attributes.get("body", "")
    if has_parsed_body(obj):
        return body
    if "library" in obj.attributes:
        return f"AS {quote_literal(obj.attributes['library'])}, {quote_literal(body)}"
    return f"AS {dollar_quoted(body)}"


def dollar_quoted(text: str) -> str:
    """A text in dollar quotes, with a tag that does not occur in the text."""
    tag, number = "$$", 0
    while tag in text or (text.endswith("$") and tag == "$$"):
        number += 1
        tag = f"$body{number if number > 1 else ''}$"
    return f"{tag}{text}{tag}"


def routine_settings(text: str) -> list[tuple[str, str]]:
    """The SET clauses of a function: name and value, the value in the syntax of SET."""
    found = []
    for each in re.split(r", (?=[\w.]+=)", text) if text else ():
        name, _, value = each.partition("=")
        if name in _LISTS:
            elements = re.findall(r'"((?:[^"]|"")*)"|([^,\s]+)', value)
            value = ", ".join(quote_literal(one.replace('""', '"') or two) for one, two in elements)
        else:
            value = quote_literal(value)
        found.append((name, value or "''"))
    return found
