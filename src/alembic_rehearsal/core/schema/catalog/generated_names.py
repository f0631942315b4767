"""The names that Postgres generates for constraints, indexes and sequences without a name.

It follows ChooseConstraintName, ChooseIndexName and makeObjectName of the PostgreSQL sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

MAX_NAME_BYTES = 63  # NAMEDATALEN - 1, in bytes
# With these labels any table name is accepted: renaming a table does not rename its constraints.
_KEPT_AFTER_RENAME = frozenset({"pkey", "key", "fkey", "seq", "not_null"})


def is_generated_name(name: str, table: str, addition: str | None, label: str) -> bool:
    """Whether Postgres generates this name for a `label` ("key", "idx") on a table.

    `addition` is the names of the columns, joined by "_", or None.  A renamed table keeps the
    names of its constraints, so another table name is accepted at the beginning if the rest of
    the name is unambiguous.
    """
    if name == "_".join([table, label] if addition is None else [table, addition, label]):
        return True  # the usual case: the name is short enough
    ending = re.fullmatch(rf"(?s)(?P<first>.+)_{label}(?P<number>\d*)", name)
    if ending is None:
        return False
    if name == make_object_name(table, addition, label + ending["number"]):
        return True
    if label not in _KEPT_AFTER_RENAME:
        return False
    return addition is None or ending["first"].endswith(f"_{addition}")


def drop_generated_names(attributes: dict[str, str], names: Iterable[str]) -> None:
    """Replace attributes by the name in them, and remove those whose name is generated.

    The value of each attribute is a JSON array of the arguments of `is_generated_name`.
    """
    for each in names:
        if each in attributes:
            arguments = json.loads(attributes.pop(each))
            if not is_generated_name(*arguments):
                attributes[each] = arguments[0]


def make_object_name(table: str, addition: str | None, label: str) -> str:
    """The name of Postgres's makeObjectName: the longer part is shortened until the name fits."""
    first, second = table.encode(), (addition or "").encode()
    room = MAX_NAME_BYTES - len(label.encode()) - 1 - (1 if addition is not None else 0)
    longest_first, longest_second = len(first), len(second)
    while longest_first + longest_second > room:
        if longest_first > longest_second:
            longest_first -= 1
        else:
            longest_second -= 1
    parts = [_clip(first, longest_first)]
    if addition is not None:
        parts.append(_clip(second, longest_second))
    return "_".join([*parts, label])


def _clip(text: bytes, length: int) -> str:
    """The first `length` bytes of a text, without a character that is cut in two."""
    return text[:length].decode(errors="ignore")
