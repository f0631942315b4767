"""pg_dump's text: made stable, taken apart into objects, compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.facts import Change, Difference
from alembic_rehearsal.schema.dump import compare, normalise, objects

NOISY = """\
--
-- PostgreSQL database dump
--

\\restrict hX0vT9cUoG8fsVnIh5wVdDcK

-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id integer NOT NULL,
    email text
);


--
-- PostgreSQL database dump complete
--

\\unrestrict hX0vT9cUoG8fsVnIh5wVdDcK
"""
LINE = st.sampled_from([*NOISY.splitlines(), "", "  ", "SET x = 1;   ", "\\unrestrict zzz"])


def table(*columns: str, name: str = "users") -> str:
    lines = ",\n".join(f"    {each}" for each in columns)
    return f"{heading(name, 'TABLE')}CREATE TABLE public.{name} (\n{lines}\n);\n\n"


def heading(name: str, kind: str, schema: str = "public") -> str:
    return f"--\n-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: -\n--\n\n"


def index(name: str, column: str) -> str:
    return (
        f"{heading(name, 'INDEX')}CREATE INDEX {name} ON public.users USING btree ({column});\n\n"
    )


def test_what_changes_from_dump_to_dump_is_left_out() -> None:
    text = normalise(NOISY)
    for noise in ("restrict", "Dumped", "_timeout", "18.6"):
        assert noise not in text
    assert "SET client_encoding = 'UTF8';" in text
    assert text.endswith("--\n-- PostgreSQL database dump complete\n--\n")


def test_dumps_by_two_versions_of_pg_dump_become_the_same_bytes() -> None:
    other = NOISY.replace("18.6", "17.2").replace("hX0vT9cUoG8fsVnIh5wVdDcK", "Zq1")
    assert normalise(other.replace("SET transaction_timeout = 0;\n", "")) == normalise(NOISY)


@given(st.lists(LINE, max_size=30).map("\n".join))
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("(pg_attver=22098624)", None),
        ("(pg_attver=22098624, n_distinct=5)", "(n_distinct=5)"),
        ("(n_distinct=5)", "(n_distinct=5)"),
    ],
)
def test_numbers_that_the_server_gives_its_columns_are_no_schema(
    written: str, kept: str | None
) -> None:
    line = "ALTER TABLE ONLY public.users ALTER COLUMN id SET {};"
    expected = line.format(kept) + "\n" if kept else "\n"
    assert normalise(line.format(written) + "\n") == expected


def test_each_object_is_found_with_its_kind_and_qualified_name() -> None:
    dump = table("id integer") + index("ix_users", "id") + heading("shop", "SCHEMA", "-")
    assert set(objects(dump)) == {
        ("table", "public.users"),
        ("index", "public.ix_users"),
        ("schema", "shop"),
    }


def test_statements_of_the_session_belong_to_no_object() -> None:
    assert objects("SET client_encoding = 'UTF8';\n") == {}


def test_equal_dumps_have_no_difference() -> None:
    assert compare(normalise(NOISY), normalise(NOISY)) == ()


def test_the_order_of_columns_is_no_difference() -> None:
    first = table("id integer NOT NULL", "email text", "name text")
    second = table("id integer NOT NULL", "name text", "email text")
    assert compare(first, second) == ()


def test_an_object_on_one_side_only_is_named() -> None:
    one, both = table("id integer"), table("id integer") + index("ix_users", "id")
    assert compare(one, both) == (Difference("index", "public.ix_users", Change.ADDED),)
    assert compare(both, one) == (Difference("index", "public.ix_users", Change.REMOVED),)


def test_a_changed_object_shows_what_either_side_has_alone() -> None:
    (difference,) = compare(table("id integer", "email text"), table("id integer", "email citext"))
    assert difference == Difference(
        "table", "public.users", Change.CHANGED, first="email text", second="email citext"
    )


def test_a_column_that_only_the_second_has_shows_there() -> None:
    (difference,) = compare(table("id integer"), table("id integer", "email text"))
    assert (difference.first, difference.second) == ("", "email text")


def test_a_line_that_one_side_has_twice_is_a_difference() -> None:
    grant = "ALTER TABLE public.users ENABLE RULE r;\n"
    assert compare(table("id integer") + grant, table("id integer") + grant + grant) != ()


@given(st.permutations(["id integer", "email text", "name text", "tier public.tier"]))
def test_no_order_of_columns_is_a_difference(columns: list[str]) -> None:
    first = table("id integer", "email text", "name text", "tier public.tier")
    assert compare(first, table(*columns)) == ()
