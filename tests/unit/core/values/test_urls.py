"""Database URLs: parsed, rendered, and never printed with a password."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.core.values.urls import Url, mask, parse_url

WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
HOST = st.from_regex(r"[a-z][a-z0-9.-]{0,15}", fullmatch=True) | st.just("::1")
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
# Long enough not to be part of the other words by accident.
SECRET = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=4)
URLS = st.builds(
    Url,
    dialect=st.just("postgresql"),
    driver=st.sampled_from(["", "psycopg", "psycopg2", "asyncpg"]),
    user=WORD.filter(bool),
    password=WORD,
    host=HOST,
    port=st.integers(0, 65535),
    database=WORD.map(str.strip),
    query=st.lists(st.tuples(NAMES, WORD), max_size=3).map(tuple),
)


@given(URLS)
def test_what_is_rendered_is_parsed_back(url: Url) -> None:
    assert parse_url(url.render()) == url


@given(URLS)
def test_text_that_was_parsed_is_rendered_the_same_for_ever(url: Url) -> None:
    once = parse_url(url.render()).render()
    assert parse_url(once).render() == once


@given(URLS, SECRET)
def test_a_password_never_survives_masking(url: Url, secret: str) -> None:
    text = Url(
        url.dialect, url.driver, url.user, secret, url.host, url.port, url.database, url.query
    )
    others = Url(url.dialect, url.driver, url.user, "", url.host, url.port, url.database, url.query)
    assume(secret not in others.render())
    for shown in (text.masked, mask(text.render()), mask(f"cannot reach {text.render()}: refused")):
        assert secret not in shown
        assert "***" in shown
    assert repr(text) == repr(others)


@given(SECRET.filter(lambda secret: not set(secret) & set("'\"& \\")))
def test_a_password_in_a_connection_string_never_survives_masking(secret: str) -> None:
    assume(secret not in "host=db password=*** user=shop")
    assert mask(f"host=db password={secret} user=shop") == "host=db password=*** user=shop"


@given(SECRET.filter(lambda secret: "%" not in secret and not set(secret) & set("'\"")))
def test_a_password_that_was_pasted_without_quoting_is_masked_too(secret: str) -> None:
    assume(secret not in "postgresql://shop:***@db.internal/shop")
    assert secret not in mask(f"postgresql://shop:{secret}@db.internal/shop")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://db/shop", Url("postgresql", "", "", "", "db", 0, "shop")),
        ("postgresql+asyncpg://u@h:5/d", Url("postgresql", "asyncpg", "u", "", "h", 5, "d")),
        ("postgresql://u:p%40%2F@h/d", Url("postgresql", "", "u", "p@/", "h", 0, "d")),
        ("postgresql://u:a@b@h/d", Url("postgresql", "", "u", "a@b", "h", 0, "d")),
        ("postgresql://u:p@[::1]:5432/d", Url("postgresql", "", "u", "p", "::1", 5432, "d")),
        ("postgresql:///shop", Url("postgresql", "", "", "", "", 0, "shop")),
        ("sqlite:///./data/shop.db", Url("sqlite", "", "", "", "", 0, "./data/shop.db")),
        ("sqlite:////srv/shop.db", Url("sqlite", "", "", "", "", 0, "/srv/shop.db")),
        ("  postgresql://h/d\n", Url("postgresql", "", "", "", "h", 0, "d")),
        (
            "postgresql://h/d?sslmode=require&options=-c%20a%3Db",
            Url(
                "postgresql",
                "",
                "",
                "",
                "h",
                0,
                "d",
                (("sslmode", "require"), ("options", "-c a=b")),
            ),
        ),
    ],
)
def test_what_people_paste_is_understood(text: str, expected: Url) -> None:
    assert parse_url(text) == expected


@pytest.mark.parametrize("text", ["", "shop", "host=db dbname=shop", "://db/shop"])
def test_what_is_no_url_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(text)
    assert "not a database URL" in caught.value.what
    assert caught.value.remedies == ("postgresql://USER:PASSWORD@HOST:5432/NAME",)


@pytest.mark.parametrize("port", ["x", "65536", "-1", "5432x"])
def test_a_port_that_is_no_number_is_refused_without_the_password(port: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(f"postgresql://shop:s3cret@db:{port}/shop")
    assert repr(port) in caught.value.what
    assert "s3cret" not in caught.value.what


def test_a_password_among_the_options_is_masked() -> None:
    url = parse_url("postgresql://h/d?password=s3cret&sslpassword=s3cret2&sslmode=require")
    assert "s3cret" not in url.masked
    assert "sslmode=require" in url.masked


def test_only_postgres_is_postgres() -> None:
    assert parse_url("postgres://h/d").is_postgres
    assert not parse_url("sqlite:///x").is_postgres
