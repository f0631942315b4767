"""Comments that a snapshot leaves out of a dump, and those that only look like them."""

from __future__ import annotations

from alembic_rehearsal.snapshot.dump_text import (
    without_comment_mark,
    without_comments_on_extensions,
)

MARK = "seeded by "


def comment(what: str, text: str, kind: str = "TABLE") -> str:
    return (
        f"--\n-- Name: {kind} {what}; Type: COMMENT; Schema: public; Owner: -\n--\n\n"
        f"COMMENT ON {kind} {what} IS '{text}';\n\n"
    )


TABLE = "--\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\nCREATE TABLE public.t ();\n\n"
END = "--\n-- PostgreSQL database dump complete\n--\n"


def test_comments_on_extensions_are_removed_and_the_end_of_the_dump_stays() -> None:
    text = TABLE + comment('"uuid-ossp"', "it''s; here", "EXTENSION") + END
    assert without_comments_on_extensions(text) == TABLE + END


def test_text_in_quotes_is_no_comment() -> None:
    body = "CREATE FUNCTION f() AS $$\n" + comment("hstore", "x", "EXTENSION") + "$$;\n"
    assert without_comments_on_extensions(body + END) == body + END


def test_only_the_marked_line_of_the_version_table_is_removed() -> None:
    others = comment("public.orders", "seeded by hand") + comment("public.alembic_version", "ours")
    assert without_comment_mark(others + END, "public.alembic_version", MARK) == others + END
    marked = comment('"my.shop"."v t"', "it''s\nours\nseeded by f:g")
    kept = comment('"my.shop"."v t"', "it''s\nours")
    assert without_comment_mark(marked + END, '"my.shop"."v t"', MARK) == kept + END
    alone = comment("public.alembic_version", "seeded by f:g")
    assert without_comment_mark(TABLE + alone + END, "public.alembic_version", MARK) == TABLE + END
