"""Casts of arrays get the spelling that they have after a restore."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.schema.casts import normalize_attribute_casts, normalize_casts


@pytest.mark.parametrize(
    ("printed", "restored"),
    [
        (
            "ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])",
            "ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])",
        ),
        ("(ARRAY['it''s, [so]'::c])::text[]", "ARRAY[('it''s, [so]'::c)::text]"),
        (
            '(ARRAY[lower("a,b"), f(1, 2)])::"T x"[]',
            'ARRAY[(lower("a,b"))::"T x", (f(1, 2))::"T x"]',
        ),
        (
            "(ARRAY['a'::c])::text[] OR (ARRAY['b'::c])::text[]",
            "ARRAY[('a'::c)::text] OR ARRAY[('b'::c)::text]",
        ),
    ],
)
def test_a_cast_of_an_array_becomes_one_of_its_elements(printed: str, restored: str) -> None:
    assert normalize_casts(printed) == restored
    assert normalize_casts(restored) == restored


@pytest.mark.parametrize("text", ["(ARRAY[1, 2])", "(ARRAY[1, 2] || a)", "(ARRAY[", "(ARRAY['a"])
def test_what_is_no_cast_of_an_array_stays(text: str) -> None:
    assert normalize_casts(text) == text


def test_every_attribute_is_normalized() -> None:
    attributes = {"definition": "(ARRAY[a])::text[]", "type": "text[]"}
    normalize_attribute_casts(attributes)
    assert attributes == {"definition": "ARRAY[(a)::text]", "type": "text[]"}
