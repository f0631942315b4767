"""pg_dump's text, made stable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.schema.dump import normalise

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
