"""From the rows of a reading statement to the things of a picture.

Knows nothing of any one family.  Cells come column by column, and most columns are empty:
those are passed over as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic_rehearsal.core.schema.attributes import POSITION
from alembic_rehearsal.core.schema.casts import settle
from alembic_rehearsal.core.schema.catalog.family import Belongs, Family, Unit
from alembic_rehearsal.core.schema.catalog.generated_names import chosen_by_postgres
from alembic_rehearsal.core.schema.picture import Key, Thing
from alembic_rehearsal.core.schema.reading_sql import HEAD

# The unit that a thing is read again with; None for what only a whole read has.
Whose = tuple[Unit, int] | None
Cells = Sequence[Any]
Comments = Mapping[tuple[str, int, int], str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What rows that follow may ask for: units by their oids, names of columns by number."""

    units: dict[Whose, Key] = field(default_factory=dict)
    columns: dict[tuple[int, int], str] = field(default_factory=dict)


def things_in(
    comments: Sequence[list[Any]] | None,
    answers: Sequence[Sequence[Cells | None] | None],
    families: Sequence[Family],
) -> Iterator[tuple[Whose, Thing]]:
    """The things that the families' rows tell of; units come before their parts."""
    said = {(catalog, oid, column): text for catalog, oid, column, text in comments or ()}
    seen = _Seen()
    for family, answer in zip(families, answers, strict=True):
        # Every column of no rows is None.
        cells = [column for column in answer or () if column is not None]
        if cells:
            yield from _of_family(family, cells, said, seen)


def _of_family(
    family: Family, cells: Sequence[Cells], said: Comments, seen: _Seen
) -> Iterator[tuple[Whose, Thing]]:
    heads, seldom, others = cells[:HEAD], cells[HEAD], cells[HEAD + 1 :]
    places: Counter[int] = Counter()
    for (kind, name, unit_oid, oid, column, *naming), attributes in zip(
        zip(*heads, strict=True), _attributes(family, others, seldom), strict=True
    ):
        whose = None if family.unit is None else (family.unit, unit_oid)
        parent = None if family.belongs is Belongs.ALONE else seen.units.get(whose)
        if parent is None and family.belongs is not Belongs.ALONE:
            continue  # a part of what is reported as unknown
        if parent is not None and family.belongs is Belongs.PART:
            name = f"{parent.name}.{name}"
        if family.position:
            places[unit_oid] += 1
            attributes[POSITION] = str(places[unit_oid])
            seen.columns[unit_oid, column] = naming[0]
        if family.shape is not None:
            family.shape(attributes)
        settle(attributes)
        comment = said.get((family.catalog, oid, column))
        if comment is not None:
            attributes["comment"] = comment
        thing = Thing(Key(kind, name), parent, attributes, _chosen(unit_oid, naming, seen))
        if parent is None and whose is not None:
            seen.units[whose] = thing.key
        yield whose, thing


def _chosen(unit_oid: int, naming: Sequence[Any], seen: _Seen) -> bool:
    name, table, label, columns, addition = naming
    if table is None:
        return False
    if addition is None and columns is not None:
        addition = "_".join([seen.columns[unit_oid, column] for column in columns])
    return chosen_by_postgres(name, table, addition, label)


def _attributes(
    family: Family, columns: Sequence[Cells], seldom: Sequence[Mapping[str, Any] | None]
) -> list[dict[str, str]]:
    """What each row says, as text: what has no order is put in one, and no text is left out."""
    names, texts = [], []
    for name, cells in zip(family.attributes, columns, strict=True):
        if any(cells):
            names.append(name)
            texts.append([_text(cell) if isinstance(cell, _NOT_TEXT) else cell for cell in cells])
    if texts:
        said = [
            {name: text for name, text in zip(names, row, strict=True) if text}
            for row in zip(*texts, strict=True)
        ]
    else:
        said = [{} for _ in seldom]
    for attributes, more in zip(said, seldom, strict=True):
        for name, cell in more.items() if more else ():
            if cell and (text := _text(cell)):
                attributes[name] = text
    return said


_NOT_TEXT = (list, dict)


def _text(value: str | list[str] | dict[str, list[str]]) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(sorted(value)) if isinstance(value, list) else _granted(value)


def _granted(rights: dict[str, list[str]]) -> str:
    """Privileges, in one order; "" where they are what nobody had to grant."""
    granted, default = sorted(rights["granted"]), sorted(rights["default"])
    return "" if granted == default else " ".join(granted) or "none"
