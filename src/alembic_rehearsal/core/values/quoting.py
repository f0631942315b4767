"""Texts as SQL and TOML write them: names, strings, fields of COPY's text format.

Pure: where the fields come from, and where the literals go, is not known here.
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
    """A name in quotes, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def toml_string(text: str) -> str:
    """A TOML string: JSON's, but with every character outside the controls as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def copy_field_literal(field: str, type: str) -> str:
    """The literal for a field of a type, as `format_type` names it."""
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
    """A string constant; what is no printable character of it is escaped."""
    doubled = text.replace("'", "''")
    if _SPECIAL.search(doubled) is None:
        return f"'{doubled}'"
    return "E'" + _SPECIAL.sub(_escape, doubled) + "'"


def _escape(found: re.Match[str]) -> str:
    return _LITERAL_ESCAPES.get(found[0], f"\\x{ord(found[0]):02x}")
