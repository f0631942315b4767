"""Single changes of sequences and views."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
SEQUENCE = "CREATE SEQUENCE q;"
VIEW = "CREATE TABLE t (a int, b text);CREATE VIEW v AS SELECT a FROM t;"

CHANGES = (
    Seen(
        "a materialized view that depends on an extension",
        "ALTER MATERIALIZED VIEW m DEPENDS ON EXTENSION plpgsql",
        ("materialized view public.m gained depends on extension plpgsql",),
        setup=TABLE + "CREATE MATERIALIZED VIEW m AS SELECT a FROM t;",
    ),
    Seen(
        "another sequence of two that a column owns",
        "ALTER TABLE t ALTER a SET DEFAULT nextval('second')",
        ("column public.t.a: default nextval('public.t_a_seq'::regclass) became nextval('pu",),
        setup="CREATE TABLE t (a serial); CREATE SEQUENCE second OWNED BY t.a;",
    ),
    Seen("a sequence", "CREATE SEQUENCE q", ("sequence public.q is new",)),
    Seen(
        "a sequence's increment",
        "ALTER SEQUENCE q INCREMENT 5",
        ("sequence public.q: increment 1 became 5",),
        setup=SEQUENCE,
    ),
    Seen(
        "a sequence's type",
        "ALTER SEQUENCE q AS int",
        (
            "sequence public.q: maximum 9223372036854775807 became 2147483647",
            "sequence public.q: type bigint became integer",
        ),
        setup=SEQUENCE,
    ),
    Seen(
        "a sequence's bounds",
        "ALTER SEQUENCE q MAXVALUE 10",
        ("sequence public.q: maximum 9223372036854775807 became 10",),
        setup=SEQUENCE,
    ),
    Seen(
        "a sequence's cache",
        "ALTER SEQUENCE q CACHE 20",
        ("sequence public.q: cache 1 became 20",),
        setup=SEQUENCE,
    ),
    Seen(
        "a sequence that cycles",
        "ALTER SEQUENCE q CYCLE",
        ("sequence public.q gained cycle",),
        setup=SEQUENCE,
    ),
    Seen(
        "a sequence's owner column",
        "ALTER SEQUENCE q OWNED BY t.a",
        ("sequence public.q gained column public.t.a",),
        setup="CREATE SEQUENCE q;" + TABLE,
    ),
    Seen(
        "a serial that stands alone",
        "ALTER SEQUENCE t_a_seq OWNED BY NONE",
        (
            "column public.t.a: default nextval(the sequence that it owns) became nextval('pu",
            "sequence public.t_a_seq lost its column public.t.a",
        ),
        setup="CREATE TABLE t (a serial);",
    ),
    Seen("a view", "CREATE VIEW v AS SELECT a FROM t", ("view public.v is new",), setup=TABLE),
    Seen(
        "another view",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 0",
        ("view public.v: definition SELECT a FROM public.t; became SELECT a FROM public.t",),
        setup=VIEW,
    ),
    Seen(
        "a view's security barrier",
        "ALTER VIEW v SET (security_barrier)",
        ("view public.v gained options security_barrier=true",),
        setup=VIEW,
    ),
    Seen(
        "a check option",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t WITH LOCAL CHECK OPTION",
        ("view public.v gained options check_option=local",),
        setup=VIEW,
    ),
    Seen(
        "a materialized view",
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        ("materialized view public.m is new",),
        setup=TABLE,
    ),
    Seen(
        "another materialized view",
        "DROP MATERIALIZED VIEW m; CREATE MATERIALIZED VIEW m AS SELECT a + 1 AS a FROM t",
        ("materialized view public.m: definition SELECT a FROM public.t; became SELECT (a",),
        setup=TABLE + "CREATE MATERIALIZED VIEW m AS SELECT a FROM t;",
    ),
    Seen(
        "a dropped column of the rows that a view's function returns",
        "ALTER TABLE t DROP b",
        (
            "column public.t.b is gone",
            "view public.v: definition SELECT ",
        ),
        setup="CREATE TABLE t (a int, b text);"
        "CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';"
        "CREATE VIEW v AS SELECT a FROM f();",
    ),
    Seen(
        "a renamed value of an enum in a row that is a default",
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        (
            "column public.t.a: default '(ok,1)'::public.pair became '(fine,1)'::public.pair",
            "enum public.mood lost value 'ok'",
            "enum public.mood gained value 'fine' at the front",
        ),
        setup="CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE pair AS (m mood, n int);"
        "CREATE TABLE t (a pair DEFAULT '(ok,1)');",
    ),
    Seen(
        "a renamed column of a view's table",
        "ALTER TABLE t RENAME a TO c",
        (
            "column public.t.a is gone",
            "column public.t.c is new",
            "view public.v: definition SELECT a FROM public.t; became SELECT c AS a FROM public.t;",
        ),
        setup=VIEW,
    ),
)
