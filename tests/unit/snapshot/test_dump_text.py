"""pg_dump's text, made stable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.snapshot.dump_text import normalise, sections, without_credentials

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
def test_column_numbers_of_the_server_are_left_out(written: str, kept: str | None) -> None:
    line = "ALTER TABLE ONLY public.users ALTER COLUMN id SET {};"
    expected = line.format(kept) + "\n" if kept else "\n"
    assert normalise(line.format(written) + "\n") == expected


QUOTES = ("'{}'", '"{}"', "$${}$$", "$body$ {}$body$", "E'it''s {}'")


@pytest.mark.parametrize("quote", QUOTES)
def test_text_in_quotes_is_not_changed(quote: str) -> None:
    inside = "a  \n\n\n\nSET lock_timeout = 0;\n-- Dumped by pg_dump version 9\r\n\u2028 it; -- "
    text = f"CREATE x AS {quote.format(inside)};\n"
    assert normalise(text) == text


def test_a_quote_in_a_comment_begins_nothing() -> None:
    text = "-- Name: it's\n\n\n\nSELECT 'a  \n';   \n"
    assert normalise(text) == "-- Name: it's\n\nSELECT 'a  \n';\n"


def test_a_dump_is_split_at_the_comments_in_which_pg_dump_names_objects() -> None:
    header = "--\n-- Name: {}; Type: {}; Schema: {}; Owner: -\n--\n"
    body = f"CREATE FUNCTION public.f() AS $$\n{header.format('no', 'TABLE', 'public')}$$;\n"
    text = (
        header.format("f()", "FUNCTION", "public")
        + body
        + header.format("s; t", "SERVER", "-")
        + "CREATE SERVER x;\n"
    )
    found = list(sections(text))
    assert [(each.kind, each.schema, each.name) for each in found] == [
        ("FUNCTION", "public", "f()"),
        ("SERVER", "-", "s; t"),
    ]
    assert body in found[0].text
    assert text[found[1].start :] == found[1].text


def test_a_text_without_objects_has_no_sections_and_no_credentials_to_lose() -> None:
    text = normalise("SET client_encoding = 'UTF8';\n")
    assert list(sections(text)) == []
    assert without_credentials(text) == text
