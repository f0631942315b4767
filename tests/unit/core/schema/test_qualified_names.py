"""Qualified names are split and joined, and the parts of a table are recognised."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.schema.picture import belongs_to, join_name, split_name


@pytest.mark.parametrize(
    "names",
    [("public", "alembic_version"), ("my.shop", "v t"), ('a"b', "Versions"), ("x",), ("v.t",)],
)
def test_a_joined_name_is_split_into_the_same_names(names: tuple[str, ...]) -> None:
    assert split_name(join_name(*names)) == names


def test_a_plain_name_gets_no_quotes() -> None:
    assert join_name("shop", "alembic_version") == "shop.alembic_version"


def test_a_column_belongs_to_a_table_whose_name_has_a_dot() -> None:
    assert belongs_to('"my.shop"."v t".version_num', '"my.shop"."v t"')
    assert not belongs_to('my."shop.v t".version_num', '"my.shop"."v t"')
    assert belongs_to('shop."v.t"', '"v.t"')
