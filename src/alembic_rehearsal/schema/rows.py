"""From the rows of a reading statement to the things of a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from alembic_rehearsal.picture import Key, Thing
from alembic_rehearsal.schema.catalog.family import Belongs, Family, Unit
from alembic_rehearsal.schema.names import chosen_by_postgres

# The unit that a thing is read again with; None for what only a whole read has.
Whose = tuple[Unit, int] | None


def things_in(
    comments: Sequence[list[Any]] | None,
    answers: Sequence[Sequence[Sequence[Any] | None] | None],
    families: Sequence[Family],
) -> Iterator[tuple[Whose, Thing]]:
    """The things that the families' rows tell of; units come before their parts."""
    said = {(catalog, oid, column): text for catalog, oid, column, text in comments or ()}
    units: dict[Whose, Key] = {}
    for family, columns in zip(families, answers, strict=True):
        names = tuple(family.attributes)
        for kind, name, unit_oid, oid, column, naming, seldom, *values in _across(columns):
            attributes = _attributes(names, values, seldom)
            if family.shape is not None:
                family.shape(attributes)
            if (comment := said.get((family.catalog, oid, column))) is not None:
                attributes["comment"] = comment
            whose = (family.unit, unit_oid) if family.unit is not None else None
            chosen = naming is not None and chosen_by_postgres(*naming)
            parent = None if family.belongs is Belongs.ALONE else units.get(whose)
            if parent is None and family.belongs is not Belongs.ALONE:
                continue  # a part of what is reported as unknown
            if parent is not None and family.belongs is Belongs.PART:
                name = f"{parent.name}.{name}"
            thing = Thing(Key(kind, name), parent, attributes, chosen)
            if parent is None and whose is not None:
                units[whose] = thing.key
            yield whose, thing


def _across(columns: Sequence[Sequence[Any] | None] | None) -> Iterator[tuple[Any, ...]]:
    """Rows from columns; every column of no rows is None."""
    return zip(*(each or () for each in columns or ()), strict=True)


def _attributes(
    names: Sequence[str], values: Sequence[Any], seldom: Mapping[str, Any] | None
) -> dict[str, str]:
    """What a row says, as text: what has no order is put in one, and no text is left out."""
    pairs = zip(names, values, strict=True)
    said: dict[str, str] = {}
    for name, value in chain(pairs, seldom.items()) if seldom else pairs:
        text = value if value is None or isinstance(value, str) else _text(value)
        if text:
            said[name] = text
    return said


def _text(value: list[str] | dict[str, list[str]]) -> str:
    return ", ".join(sorted(value)) if isinstance(value, list) else _granted(value)


def _granted(rights: dict[str, list[str]]) -> str:
    """Privileges, in one order; "" where they are what nobody had to grant."""
    granted, default = sorted(rights["granted"]), sorted(rights["default"])
    return "" if granted == default else " ".join(granted) or "none"
