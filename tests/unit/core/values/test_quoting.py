"""Fields of COPY as SQL literals: each is on one line and has the same value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.core.values.quoting import (
    copy_field_literal,
    double_quotes,
    quote_identifier,
    quote_literal,
)


@pytest.mark.parametrize(
    ("field", "type", "expected"),
    [
        (r"\N", "text", "NULL"),
        (r"\N", "integer", "NULL"),
        ("-5", "bigint", "-5"),
        ("t", "boolean", "true"),
        ("f", "boolean", "false"),
        ("t", "text", "'t'"),
        ("", "text", "''"),
        ("1.50", "numeric", "'1.50'"),
        ("it's", "text", "'it''s'"),
        (r"a\tb\nc", "text", r"E'a\tb\nc'"),
        (r"back\\slash", "text", r"E'back\\slash'"),
        (r"\\N", "text", r"E'\\N'"),
        (r"\v", "text", r"E'\x0b'"),
        ("☃", "text", "'☃'"),
        (r"\\xdeadbeef", "bytea", r"E'\\xdeadbeef'"),
    ],
)
def test_a_field_becomes_a_literal(field: str, type: str, expected: str) -> None:
    assert copy_field_literal(field, type) == expected


@given(st.text(alphabet=st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_a_string_literal_is_on_one_line_and_has_no_control_character(text: str) -> None:
    literal = quote_literal(text)
    assert not set(literal) & {chr(code) for code in (*range(32), 127)}


def test_quotes_are_doubled_and_nothing_else_where_postgres_does_so() -> None:
    assert double_quotes('public."it\'s\n"') == "'public.\"it''s\n\"'"
    assert quote_identifier('say "hi"') == '"say ""hi"""'
