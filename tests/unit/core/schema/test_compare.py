"""The comparison of two pictures, without a server."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject
from alembic_rehearsal.core.values.errors import DifferentMajors

TABLE = SchemaObject(Key("table", "s.t"), None, {"owner": "a"})


def column(name: str, position: int, **attributes: str) -> SchemaObject:
    all_attributes = {"type": "text", "position": str(position), **attributes}
    return SchemaObject(Key("column", f"s.t.{name}"), TABLE.key, all_attributes)


def picture(*objects: SchemaObject, major: int = 18, **unread: str) -> Picture:
    return Picture(major, {each.key: each for each in objects}, unread)


def sentences(first: Picture, second: Picture, *, rights: bool = False) -> list[str]:
    return [each.text for each in compare(first, second, rights=rights)]


def test_different_majors_are_refused_with_a_remedy() -> None:
    with pytest.raises(DifferentMajors) as refused:
        compare(picture(major=15), picture(major=18))
    assert "PostgreSQL 15" in refused.value.what
    assert "on one server" in refused.value.remedies[0]
    assert picture(major=15).fingerprint != picture(major=18).fingerprint


def test_a_missing_table_is_one_difference_together_with_its_parts() -> None:
    sequence = SchemaObject(Key("sequence", "s.q"), None, {"column": "s.t.a"})
    whole = picture(TABLE, column("a", 1), column("b", 2), sequence)
    assert sentences(whole, picture()) == ["table s.t is gone"]
    assert sentences(picture(), whole) == ["table s.t is new"]


def test_a_missing_sequence_of_a_column_that_stays_is_reported() -> None:
    sequence = SchemaObject(Key("sequence", "s.q"), None, {"column": "s.t.a"})
    left, right = picture(TABLE, column("a", 1), sequence), picture(TABLE, column("a", 1))
    assert sentences(left, right) == ["sequence s.q is gone"]


def test_a_column_in_the_middle_moves_no_other() -> None:
    left = picture(TABLE, column("a", 1), column("c", 2))
    right = picture(TABLE, column("a", 1), column("b", 2), column("c", 3))
    assert sentences(left, right) == ["column s.t.b is new"]


def test_another_order_of_columns_is_one_cosmetic_difference_for_each_table() -> None:
    left = picture(TABLE, column("a", 1), column("b", 2), column("c", 3))
    right = picture(TABLE, column("a", 3), column("b", 1), column("c", 2))
    (found,) = compare(left, right)
    assert (found.text, found.real) == (
        "table s.t: order of columns a, b, c became b, c, a",
        False,
    )
    assert left.fingerprint == right.fingerprint


def test_owners_differ_only_where_they_are_asked_for() -> None:
    left, right = picture(TABLE), picture(SchemaObject(TABLE.key, None, {"owner": "b"}))
    assert sentences(left, right) == []
    assert sentences(left, right, rights=True) == ["table s.t: owner a became b"]


def test_equal_constraints_with_generated_names_are_matched_by_content() -> None:
    def check(name: str, definition: str) -> SchemaObject:
        return SchemaObject(
            Key("constraint", f"s.t.{name}"), TABLE.key, {"definition": definition}, True
        )

    left = picture(TABLE, check("t_check", "a > 0"), check("t_check1", "a < 9"))
    right = picture(TABLE, check("t_check1", "a > 0"), check("t_check", "a < 9"))
    assert [each.attribute for each in compare(left, right)] == ["name", "name"]
    assert not any(each.real for each in compare(left, right))
    assert left.fingerprint == right.fingerprint
    other = picture(TABLE, check("t_check1", "a > 0"), check("t_check", "a < 8"))
    assert any(each.real for each in compare(left, other))
    assert left.fingerprint != other.fingerprint


def test_two_equal_constraints_are_not_the_same_as_one() -> None:
    def check(name: str) -> SchemaObject:
        return SchemaObject(
            Key("constraint", f"s.t.{name}"), TABLE.key, {"definition": "a > 0"}, True
        )

    left = picture(TABLE, check("t_check"), check("t_check1"))
    right = picture(TABLE, check("t_check"))
    assert sentences(left, right) == ["constraint s.t.t_check1 is gone"]
    assert left.fingerprint != right.fingerprint


def test_a_kind_that_one_side_could_not_read_is_not_reported_as_missing() -> None:
    policy = SchemaObject(Key("policy", "s.t.y"), TABLE.key, {"using": "true"})
    left, right = picture(TABLE, policy), picture(TABLE, policy="this role may not read it")
    (found,) = compare(left, right)
    assert found == Difference(
        "policy", "", Change.UNREAD, second="this role may not read it", real=True
    )
    assert found.text == "policy: this role may not read it"


def test_an_object_that_is_unknown_on_both_sides_is_reported_as_not_compared() -> None:
    strange = Picture(18, {}, {}, unknown=("an entry of pg_new",))
    (found,) = compare(strange, strange)
    assert found.real
    assert "an entry of pg_new" in found.text


def test_enums_tell_which_values_they_lost_and_gained() -> None:
    key = Key("enum", "subscriptiontier")
    left = picture(SchemaObject(key, None, {"values": '["free", "studio", "pro"]'}))
    right = picture(SchemaObject(key, None, {"values": '["pro", "free", "team"]'}))
    assert sentences(left, right) == [
        "enum subscriptiontier: order of values free, pro became pro, free",
        "enum subscriptiontier lost value 'studio'",
        "enum subscriptiontier gained value 'team' after 'free'",
    ]
