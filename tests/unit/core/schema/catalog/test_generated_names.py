"""Names that Postgres generates are recognised, and qualified names are split."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.schema.catalog.generated_names import (
    is_generated_name,
    make_object_name,
)
from alembic_rehearsal.core.schema.picture import split_name


@pytest.mark.parametrize(
    ("name", "table", "addition", "label"),
    [
        ("t_a_key", "t", "a", "key"),
        ("t_a_b_key", "t", "a_b", "key"),
        ("t_a_key12", "t", "a", "key"),
        ("t_pkey", "t", None, "pkey"),
        ("t_check", "t", None, "check"),
        ("t_a_check1", "t", "a", "check"),
        ("former_pkey", "t", None, "pkey"),
        ("former_a_fkey", "t", "a", "fkey"),
        ("T x_lower_idx", "T x", "lower", "idx"),
    ],
)
def test_names_that_postgres_generates(
    name: str, table: str, addition: str | None, label: str
) -> None:
    assert is_generated_name(name, table, addition, label)


@pytest.mark.parametrize(
    ("name", "table", "addition", "label"),
    [
        ("uq_t_a", "t", "a", "key"),
        ("t_b_key", "t", "a", "key"),
        ("price_is_positive_check", "t", None, "check"),
        ("former_a_check", "t", "a", "check"),
        ("ix_t_a", "t", "a", "idx"),
        ("former_a_idx", "t", "a", "idx"),
        ("t_a_keys", "t", "a", "key"),
        ("key", "t", "a", "key"),
    ],
)
def test_names_that_users_give(name: str, table: str, addition: str | None, label: str) -> None:
    assert not is_generated_name(name, table, addition, label)


def test_the_longer_part_of_a_name_is_cut_until_it_fits() -> None:
    name = make_object_name("t" * 60, "c" * 10, "fkey")
    assert name == "t" * 47 + "_" + "c" * 10 + "_fkey"
    assert len(name) == 63


def test_a_character_of_many_bytes_is_not_cut_in_two() -> None:
    assert make_object_name("ü" * 40, None, "pkey") == "ü" * 29 + "_pkey"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("public.t.a", ("public", "t", "a")),
        ('public."Order".a', ("public", "Order", "a")),
        ('"a.b"."say ""hi"""', ("a.b", 'say "hi"')),
        ("t", ("t",)),
        ('no "quoted name', ("no quoted name",)),
    ],
)
def test_a_qualified_name_is_split(name: str, names: tuple[str, ...]) -> None:
    assert split_name(name) == names
