"""Single changes of types."""

from __future__ import annotations

from support.schema_changes.seen import Seen

ENUM = "CREATE TYPE mood AS ENUM ('sad', 'ok');"
DOMAIN = "CREATE DOMAIN d AS int CONSTRAINT positive CHECK (VALUE > 0);"

CHANGES = (
    Seen("an enum", ENUM, ("enum public.mood is new",)),
    Seen(
        "a new value",
        "ALTER TYPE mood ADD VALUE 'glad'",
        ("enum public.mood gained value 'glad' after 'ok'",),
        setup=ENUM,
    ),
    Seen(
        "a value in the middle",
        "ALTER TYPE mood ADD VALUE 'so so' BEFORE 'ok'",
        ("enum public.mood gained value 'so so' after 'sad'",),
        setup=ENUM,
    ),
    Seen(
        "a renamed value",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        (
            "enum public.mood lost value 'sad'",
            "enum public.mood gained value 'blue' at the front",
        ),
        setup=ENUM,
    ),
    Seen(
        "the order of values",
        "DROP TYPE mood; CREATE TYPE mood AS ENUM ('ok', 'sad')",
        ("enum public.mood: order of values sad, ok became ok, sad",),
        setup=ENUM,
    ),
    Seen("a domain", DOMAIN, ("domain public.d is new",)),
    Seen(
        "a domain's default",
        "ALTER DOMAIN d SET DEFAULT 1",
        ("domain public.d gained default 1",),
        setup=DOMAIN,
    ),
    Seen(
        "a domain's not null",
        "ALTER DOMAIN d SET NOT NULL",
        ("domain public.d is now not null",),
        setup=DOMAIN,
    ),
    Seen(
        "a domain's check",
        "ALTER DOMAIN d ADD CONSTRAINT small CHECK (VALUE < 9)",
        ("constraint public.d.small is new",),
        setup=DOMAIN,
    ),
    Seen(
        "a domain's check no more",
        "ALTER DOMAIN d DROP CONSTRAINT positive",
        ("constraint public.d.positive is gone",),
        setup=DOMAIN,
    ),
    Seen(
        "the name of a domain's not null",
        "ALTER DOMAIN n RENAME CONSTRAINT wanted TO needed",
        ("domain public.n: name of its NOT NULL wanted became needed",),
        setup="CREATE DOMAIN n AS int CONSTRAINT wanted NOT NULL;",
        since=17,
    ),
    Seen(
        "a comment on a domain's not null",
        "COMMENT ON CONSTRAINT wanted ON DOMAIN n IS 'x'",
        ("domain public.n gained comment on its NOT NULL x",),
        setup="CREATE DOMAIN n AS int CONSTRAINT wanted NOT NULL;",
        since=17,
    ),
    Seen("a composite type", "CREATE TYPE k AS (x int)", ("type public.k is new",)),
    Seen(
        "an attribute of a composite type",
        "ALTER TYPE k ADD ATTRIBUTE y text",
        ("column public.k.y is new",),
        setup="CREATE TYPE k AS (x int);",
    ),
    Seen(
        "the order of a composite type's attributes",
        "ALTER TYPE k DROP ATTRIBUTE x; ALTER TYPE k ADD ATTRIBUTE x int",
        ("type public.k: order of attributes x, y became y, x",),
        setup="CREATE TYPE k AS (x int, y text);",
    ),
    Seen(
        "a range type",
        "CREATE TYPE span AS RANGE (subtype = float8)",
        ("range type public.span is new",),
    ),
    Seen(
        "the subtype of a range type",
        "DROP TYPE span; CREATE TYPE span AS RANGE (subtype = int4)",
        (
            (
                "range type public.span: operator class pg_catalog.float8_ops became "
                "pg_catalog.int4_ops"
            ),
            "range type public.span: subtype double precision became integer",
        ),
        setup="CREATE TYPE span AS RANGE (subtype = float8);",
    ),
    Seen("a shell type", "CREATE TYPE later", ("type public.later is new",)),
    Seen(
        "a base type",
        (
            "CREATE TYPE later; CREATE FUNCTION later_in(cstring) RETURNS later LANGUAGE "
            "internal IMMUTABLE STRICT AS 'textin'; CREATE FUNCTION later_out(later) RETURNS "
            "cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'; CREATE TYPE later "
            "(INPUT = later_in, OUTPUT = later_out)"
        ),
        (
            "function public.later_in(cstring) is new",
            "function public.later_out(public.later) is new",
            "type public.later is new",
        ),
    ),
    Seen(
        "a comment on a type",
        "COMMENT ON TYPE mood IS 'x'",
        ("enum public.mood gained comment x",),
        setup=ENUM,
    ),
)
