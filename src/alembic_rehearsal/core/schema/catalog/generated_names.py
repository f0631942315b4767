"""The names that Postgres gives constraints, indexes and sequences which people leave unnamed.

Follows ChooseConstraintName, ChooseIndexName and makeObjectName of the PostgreSQL sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

MAX_NAME_BYTES = 63  # NAMEDATALEN - 1, in bytes
# With these the table's part of the name may be any: what is left of a former table name.
_KEPT_AFTER_RENAME = frozenset({"pkey", "key", "fkey", "seq", "not_null"})


def is_generated_name(name: str, table: str, addition: str | None, label: str) -> bool:
    """Whether Postgres makes this name for a `label` ("key", "idx") on columns of a table.

    `addition` are the columns, joined by "_", or None.  A table that was renamed keeps the
    names of its constraints, so that another table's name in front is accepted where the
    rest leaves no doubt.
    """
    if name == "_".join([table, label] if addition is None else [table, addition, label]):
        return True  # most are: nothing had to be cut
    ending = re.fullmatch(rf"(?s)(?P<first>.+)_{label}(?P<number>\d*)", name)
    if ending is None:
        return False
    if name == make_object_name(table, addition, label + ending["number"]):
        return True
    if label not in _KEPT_AFTER_RENAME:
        return False
    return addition is None or ending["first"].endswith(f"_{addition}")


def drop_generated_names(attributes: dict[str, str], names: Iterable[str]) -> None:
    """Of these attributes, arguments of `is_generated_name` in JSON, leave people's names."""
    for each in names:
        if each in attributes:
            given = json.loads(attributes.pop(each))
            if not is_generated_name(*given):
                attributes[each] = given[0]


def make_object_name(table: str, addition: str | None, label: str) -> str:
    """makeObjectName: the longer of both parts is cut until all fits."""
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
    """As many whole characters as fit into so many bytes."""
    return text[:length].decode(errors="ignore")
