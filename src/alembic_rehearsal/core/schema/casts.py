"""One spelling for casts of arrays, because Postgres prints them differently after a restore.

Postgres stores `status IN ('a', 'b')` on a varchar column as one cast of the whole array.  When
it parses the printed text of that, it makes a cast of each element, and prints it that way.
"""

from __future__ import annotations

import re
from itertools import pairwise

# ruleutils.c prints `(ARRAY[...])::type[]`; transformArrayExpr moves the cast to the elements.
_ARRAY_START = "(ARRAY["
_CAST = re.compile(r"\)::(?P<type>[\w .\"]+)\[\]")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def normalize_attribute_casts(attributes: dict[str, str]) -> None:
    """Rewrite, in place, every cast of an array into the spelling that a restored schema has."""
    for name, text in attributes.items():
        if _ARRAY_START in text:
            attributes[name] = normalize_casts(text)


def normalize_casts(text: str) -> str:
    """`(ARRAY['a'::x, 'b'::x])::y[]` becomes `ARRAY[('a'::x)::y, ('b'::x)::y]`."""
    start = text.find(_ARRAY_START)
    while start >= 0:
        first = start + len(_ARRAY_START)
        *commas, end = _separator_positions(text, first)
        cast = _CAST.match(text, end + 1)
        if cast is not None:
            borders = pairwise([first - 1, *commas, end])
            elements = [text[before + 1 : after] for before, after in borders]
            each = ", ".join(f"({element.strip()})::{cast['type']}" for element in elements)
            text = f"{text[:start]}ARRAY[{each}]{text[cast.end() :]}"
        start = text.find(_ARRAY_START, start + 1)
    return text


def _separator_positions(text: str, position: int) -> list[int]:
    """The positions of the commas of a list, and then of the bracket that ends it."""
    found: list[int] = []
    depth = 0
    while position < len(text):
        quoted = _QUOTED.match(text, position)
        if quoted is not None:
            position = quoted.end()
            continue
        if text[position] in "([":
            depth += 1
        elif text[position] in ")]":
            if depth == 0:
                return [*found, position]
            depth -= 1
        elif text[position] == "," and depth == 0:
            found.append(position)
        position += 1
    return [*found, len(text)]
