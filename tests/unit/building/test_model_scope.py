"""The part of two pictures that models can express, on pictures made by hand."""

from __future__ import annotations

import pytest

from alembic_rehearsal.building.model_scope import scoped_differences
from alembic_rehearsal.core.schema.difference import Change
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

TABLE = Key("table", "public.t")


def picture(*things: SchemaObject) -> Picture:
    table = SchemaObject(TABLE, None, {})
    return Picture(18, {each.key: each for each in (table, *things)}, {})


def constraint(name: str, definition: str, *, chosen: bool = False) -> SchemaObject:
    key = Key("constraint", f"public.t.{name}")
    return SchemaObject(key, TABLE, {"definition": definition}, chosen)


@pytest.mark.parametrize("chosen", [(True, False), (False, True)])
def test_a_name_that_postgres_generated_on_one_side_is_no_difference(
    chosen: tuple[bool, bool],
) -> None:
    first = picture(constraint("t_a_check", "CHECK (a)", chosen=chosen[0]))
    second = picture(constraint("ck_a", "CHECK (a)", chosen=chosen[1]))
    assert scoped_differences(first, second, ()) == ()


def test_two_names_that_people_gave_are_one_difference() -> None:
    first = picture(constraint("one", "CHECK (a)"))
    (found,) = scoped_differences(first, picture(constraint("two", "CHECK (a)")), ())
    assert (found.change, found.attribute) == (Change.CHANGED, "name")
    assert (found.first, found.second) == ("public.t.one", "public.t.two")


def test_types_and_sequences_that_no_column_shows_count_if_models_make_them() -> None:
    column = SchemaObject(
        Key("column", "public.t.a"), TABLE, {"type": "public.used[]", "position": "1"}
    )
    loose = [
        SchemaObject(Key("enum", "public.used"), None, {"values": "[]"}),
        SchemaObject(Key("enum", "public.unused"), None, {"values": "[]"}),
        SchemaObject(Key("sequence", "public.loose"), None, {"type": "bigint"}),
        SchemaObject(Key("sequence", "public.owned"), None, {"column": "public.t.a"}),
    ]
    found = scoped_differences(picture(), picture(column, *loose), ())
    assert {each.name for each in found} == {"public.unused", "public.loose"}
    assert scoped_differences(picture(column, *loose), picture(), ()) == ()
