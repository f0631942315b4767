"""What counts as a difference between two pictures during a walk."""

from __future__ import annotations

from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject
from alembic_rehearsal.rehearsal.runner.watch import changed_keys, real_differences

TABLE = SchemaObject(Key("table", "public.t"), None, {})
COLUMN = SchemaObject(Key("column", "public.t.a"), TABLE.key, {"type": "integer", "position": "1"})
WIDER = SchemaObject(COLUMN.key, TABLE.key, {"type": "bigint", "position": "1"})
UNREAD = {"subscription": "the role may not read it"}


def picture(*objects: SchemaObject, **unread: str) -> Picture:
    return Picture(18, {each.key: each for each in objects}, unread, tuple(unread))


def test_what_could_not_be_read_is_no_difference() -> None:
    assert real_differences(picture(TABLE, **UNREAD), picture(TABLE, **UNREAD)) == ()
    (found,) = real_differences(picture(TABLE, COLUMN, **UNREAD), picture(TABLE, WIDER, **UNREAD))
    assert found.text == "column public.t.a: type integer became bigint"


def test_an_object_is_changed_when_it_is_added_removed_or_different() -> None:
    assert changed_keys(picture(TABLE), picture(TABLE, COLUMN)) == {COLUMN.key}
    assert changed_keys(picture(TABLE, COLUMN), picture(TABLE, WIDER)) == {COLUMN.key}
    assert changed_keys(picture(TABLE, COLUMN), picture(COLUMN)) == {TABLE.key}
    assert changed_keys(picture(TABLE, COLUMN), picture(TABLE, COLUMN)) == frozenset()
