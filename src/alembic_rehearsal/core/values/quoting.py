"""Quoting for SQL and TOML: identifiers, string literals, and fields of COPY's text format.

It only turns text into text, and connects to nothing.
"""

from __future__ import annotations

import json
import re

INTEGER_TYPES = frozenset({"smallint", "integer", "bigint"})
# PostgreSQL manual, COPY: Text Format; and Lexical Structure: String Constants with C-Style
# Escapes, which know no \v.
_COPY_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LITERAL_ESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_SPECIAL = re.compile(r"[\\\x00-\x1f\x7f]")


def quote_identifier(name: str) -> str:
    """An SQL identifier, always in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def toml_string(text: str) -> str:
    """A TOML string: a JSON string in which only control characters are escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def copy_field_literal(field: str, type: str) -> str:
    """The SQL literal for a field of COPY's text format; `type` is a name from `format_type`."""
    if field == "\\N":
        return "NULL"
    if type in INTEGER_TYPES:
        return field
    if type == "boolean":
        return "true" if field == "t" else "false"
    return quote_literal(
        re.sub(r"\\(.)", lambda found: _COPY_ESCAPES.get(found[1], found[1]), field)
    )


def quote_literal(text: str) -> str:
    """An SQL string literal; backslashes and control characters are escaped."""
    literal = double_quotes(text)
    if _SPECIAL.search(literal) is None:
        return literal
    return "E" + _SPECIAL.sub(_escape, literal)


def double_quotes(text: str) -> str:
    """An SQL string literal in which only quotes are escaped, by doubling them.

    To compare with a literal that Postgres printed; use `quote_literal` to write SQL.
    """
    return "'" + text.replace("'", "''") + "'"


def _escape(found: re.Match[str]) -> str:
    return _LITERAL_ESCAPES.get(found[0], f"\\x{ord(found[0]):02x}")
