"""A parser from the rows of a reading statement to the objects of a picture.

It has no code for any single family.  Cells arrive column by column, and most columns are
empty: the parser skips such a column at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic_rehearsal.core.schema.attributes import POSITION
from alembic_rehearsal.core.schema.casts import normalize_attribute_casts
from alembic_rehearsal.core.schema.catalog.family import Dependence, Family, Unit
from alembic_rehearsal.core.schema.catalog.generated_names import is_generated_name
from alembic_rehearsal.core.schema.picture import Key, SchemaObject
from alembic_rehearsal.core.schema.reading_sql import LEADING_CELLS

# The unit with which an object is read again; None if only a complete read includes it.
UnitId = tuple[Unit, int] | None
Cells = Sequence[Any]
Comments = Mapping[tuple[str, int, int], str]


@dataclass(frozen=True, slots=True)
class _ParsedSoFar:
    """What later rows look up: keys by unit, and names of columns by relation and number."""

    units: dict[UnitId, Key] = field(default_factory=dict)
    columns: dict[tuple[int, int], str] = field(default_factory=dict)


def parse_objects(
    comments: Sequence[list[Any]] | None,
    answers: Sequence[Sequence[Cells | None] | None],
    families: Sequence[Family],
) -> Iterator[tuple[UnitId, SchemaObject]]:
    """The objects in the rows of these families; each unit comes before its parts."""
    comments_by_address = {
        (catalog, oid, column): text for catalog, oid, column, text in comments or ()
    }
    so_far = _ParsedSoFar()
    for family, answer in zip(families, answers, strict=True):
        # Every column of no rows is None.
        cells = [column for column in answer or () if column is not None]
        if cells:
            yield from _parse_family(family, cells, comments_by_address, so_far)


def _parse_family(
    family: Family, cells: Sequence[Cells], comments: Comments, so_far: _ParsedSoFar
) -> Iterator[tuple[UnitId, SchemaObject]]:
    leading, rare, others = cells[:LEADING_CELLS], cells[LEADING_CELLS], cells[LEADING_CELLS + 1 :]
    positions: Counter[int] = Counter()
    for (kind, name, unit_oid, oid, column, *naming), attributes in zip(
        zip(*leading, strict=True), _attributes(family, others, rare), strict=True
    ):
        unit_id = None if family.unit is None else (family.unit, unit_oid)
        parent = None if family.dependence is Dependence.INDEPENDENT else so_far.units.get(unit_id)
        if parent is None and family.dependence is not Dependence.INDEPENDENT:
            continue  # its unit is reported as unknown
        if parent is not None and family.dependence is Dependence.PART:
            name = f"{parent.name}.{name}"
        if family.position:
            positions[unit_oid] += 1
            attributes[POSITION] = str(positions[unit_oid])
            so_far.columns[unit_oid, column] = naming[0]
        if family.normalize is not None:
            family.normalize(attributes)
        normalize_attribute_casts(attributes)
        comment = comments.get((family.catalog, oid, column))
        if comment is not None:
            attributes["comment"] = comment
        schema_object = SchemaObject(
            Key(kind, name), parent, attributes, _has_generated_name(unit_oid, naming, so_far)
        )
        if parent is None and unit_id is not None:
            so_far.units[unit_id] = schema_object.key
        yield unit_id, schema_object


def _has_generated_name(unit_oid: int, naming: Sequence[Any], so_far: _ParsedSoFar) -> bool:
    name, table, label, columns, addition = naming
    if table is None:
        return False
    if addition is None and columns is not None:
        addition = "_".join([so_far.columns[unit_oid, column] for column in columns])
    return is_generated_name(name, table, addition, label)


def _attributes(
    family: Family, columns: Sequence[Cells], rare: Sequence[Mapping[str, Any] | None]
) -> list[dict[str, str]]:
    """The attributes of each row as text, without empty ones; lists are sorted."""
    names, texts = [], []
    for name, cells in zip(family.attributes, columns, strict=True):
        if any(cells):
            names.append(name)
            texts.append(
                [_cell_text(cell) if isinstance(cell, _NESTED_TYPES) else cell for cell in cells]
            )
    if texts:
        rows = [
            {name: text for name, text in zip(names, row, strict=True) if text}
            for row in zip(*texts, strict=True)
        ]
    else:
        rows = [{} for _ in rare]
    for attributes, more in zip(rows, rare, strict=True):
        for name, cell in more.items() if more else ():
            if cell and (text := _cell_text(cell)):
                attributes[name] = text
    return rows


_NESTED_TYPES = (list, dict)


def _cell_text(value: str | list[str] | dict[str, list[str]]) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(sorted(value)) if isinstance(value, list) else _privileges_text(value)


def _privileges_text(privileges: dict[str, list[str]]) -> str:
    """Privileges, sorted; "" if they are the default ones."""
    granted, default = sorted(privileges["granted"]), sorted(privileges["default"])
    return "" if granted == default else " ".join(granted) or "none"
