"""Single changes of schemas, extensions, operators, foreign data, publications and the like."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
ENUM = "CREATE TYPE mood AS ENUM ('sad', 'ok');"
SAME = (
    "CREATE FUNCTION same(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1::text = $2';"
)
FOREIGN = (
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'a');"
)
# The second operator of integers belongs to the first class, or to the second.
CLASSES = [
    f"""CREATE OPERATOR CLASS one FOR TYPE int USING btree FAMILY fam AS
        OPERATOR 1 <{first}, FUNCTION 1 btint4cmp(int, int);
    CREATE OPERATOR CLASS two FOR TYPE int USING btree FAMILY fam AS OPERATOR 3 ={second};"""
    for first, second in ((", OPERATOR 2 <=", ""), ("", ", OPERATOR 2 <="))
]
SUBSCRIPTION = "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);"
NO_SUBSCRIPTION = "ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub"

CHANGES = (
    Seen("a schema", "CREATE SCHEMA s", ("schema s is new",)),
    Seen(
        "a comment on a schema",
        "COMMENT ON SCHEMA public IS 'ours'",
        ("schema public gained comment ours",),
    ),
    Seen(
        "no comment on public",
        "COMMENT ON SCHEMA public IS NULL",
        ("schema public is now without its usual comment",),
        since=15,
    ),
    Seen("an extension", "CREATE EXTENSION citext", ("extension citext is new",)),
    Seen(
        "an extension's version",
        "ALTER EXTENSION citext UPDATE TO '1.6'",
        ("extension citext: version 1.4 became 1.6",),
        setup="CREATE EXTENSION citext VERSION '1.4';",
    ),
    Seen(
        "an event trigger",
        "CREATE EVENT TRIGGER w ON ddl_command_end EXECUTE FUNCTION g()",
        ("event trigger w is new",),
        setup="CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';",
    ),
    Seen(
        "an event trigger that is off",
        "ALTER EVENT TRIGGER w DISABLE",
        ("event trigger w: fires on origin became never",),
        setup=(
            "CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end'; "
            "CREATE EVENT TRIGGER w ON ddl_command_end EXECUTE FUNCTION g();"
        ),
    ),
    Seen(
        "a collation", "CREATE COLLATION posix (LOCALE = 'C')", ("collation public.posix is new",)
    ),
    Seen(
        "a language", "CREATE LANGUAGE pl2 HANDLER plpgsql_call_handler", ("language pl2 is new",)
    ),
    Seen(
        "a conversion",
        "CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        ("conversion public.latin is new",),
    ),
    Seen(
        "an operator",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = same)",
        ("operator public.===(integer,text) is new",),
        setup=SAME,
    ),
    Seen(
        "an operator's estimator",
        "ALTER OPERATOR === (int, text) SET (RESTRICT = eqsel)",
        ("operator public.===(integer,text) gained restriction estimator eqsel(internal,oi",),
        setup=SAME + "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = same);",
    ),
    Seen(
        "an operator family",
        "CREATE OPERATOR FAMILY fam USING btree",
        ("operator family public.fam using btree is new",),
    ),
    Seen(
        "an operator class",
        (
            "CREATE OPERATOR CLASS cls FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 "
            "=, FUNCTION 1 btint4cmp(int, int)"
        ),
        (
            "operator class public.cls using btree is new",
            "operator family public.cls using btree is new",
        ),
    ),
    Seen(
        "a member of an operator class in a family of Postgres",
        (
            "DROP OPERATOR CLASS cls USING hash; CREATE OPERATOR CLASS cls FOR TYPE mood USING "
            "hash FAMILY integer_ops AS OPERATOR 1 ~~, FUNCTION 1 numbered(mood)"
        ),
        ("operator class public.cls using hash: members operator 1 public.==(public.mood,public.",),
        setup=ENUM
        + (
            "CREATE FUNCTION equal(mood, mood) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT "
            "true'; CREATE OPERATOR == (LEFTARG = mood, RIGHTARG = mood, FUNCTION = equal);"
            "CREATE OPERATOR ~~ (LEFTARG = mood, RIGHTARG = mood, FUNCTION = equal);"
            "CREATE FUNCTION numbered(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
            "CREATE OPERATOR CLASS cls FOR TYPE mood USING hash FAMILY integer_ops AS OPERATOR 1 "
            "==, FUNCTION 1 numbered(mood);"
        ),
    ),
    Seen(
        "a member of an operator family",
        "ALTER OPERATOR FAMILY fam USING btree ADD OPERATOR 1 < (int, int)",
        ("operator family public.fam using btree gained members operator 1 <(integer,integer)",),
        setup="CREATE OPERATOR FAMILY fam USING btree;",
    ),
    Seen(
        "an operator that moves from one class of a family to another",
        f"DROP OPERATOR CLASS one USING btree; DROP OPERATOR CLASS two USING btree; {CLASSES[1]}",
        (
            "operator class public.one using btree: members operator 1 <(integer,integer) , ope",
            "operator class public.two using btree: members operator 3 =(integer,integer) becam",
        ),
        setup=f"CREATE OPERATOR FAMILY fam USING btree; {CLASSES[0]}",
    ),
    Seen(
        "a type that an extension takes",
        "ALTER EXTENSION plpgsql ADD TYPE k",
        ("type public.k is gone",),
        setup="CREATE TYPE k AS (a int);",
    ),
    Seen(
        "a cast",
        "CREATE CAST (int AS mood) WITH FUNCTION f(int)",
        ("cast integer as public.mood is new",),
        setup=ENUM + "CREATE FUNCTION f(int) RETURNS mood LANGUAGE sql AS 'SELECT ''ok''::mood';",
    ),
    Seen(
        "a cast without a function",
        "CREATE CAST (mood AS text) WITH INOUT AS ASSIGNMENT",
        ("cast public.mood as text is new",),
        setup=ENUM,
    ),
    Seen(
        "a transform",
        "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
        ("transform integer for sql is new",),
    ),
    Seen(
        "an access method",
        "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler",
        ("access method heap2 is new",),
    ),
    Seen(
        "a text search configuration",
        "CREATE TEXT SEARCH CONFIGURATION cfg (COPY = simple)",
        ("text search configuration public.cfg is new",),
    ),
    Seen(
        "a mapping of a text search configuration",
        "ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING FOR word WITH english_stem",
        ("text search configuration public.cfg: mapping asciihword: simple; asciiword: sim",),
        setup="CREATE TEXT SEARCH CONFIGURATION cfg (COPY = simple);",
    ),
    Seen(
        "a text search dictionary",
        "CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple, STOPWORDS = english)",
        ("text search dictionary public.dict is new",),
    ),
    Seen(
        "options of a text search dictionary",
        "ALTER TEXT SEARCH DICTIONARY dict (STOPWORDS = german)",
        ("text search dictionary public.dict: options stopwords = 'english' became stopwor",),
        setup="CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple, STOPWORDS = english);",
    ),
    Seen(
        "a text search parser",
        (
            "CREATE TEXT SEARCH PARSER prs (START = prsd_start, GETTOKEN = prsd_nexttoken, "
            "END = prsd_end, LEXTYPES = prsd_lextype)"
        ),
        ("text search parser public.prs is new",),
    ),
    Seen(
        "a text search template",
        "CREATE TEXT SEARCH TEMPLATE tmpl (LEXIZE = dsimple_lexize)",
        ("text search template public.tmpl is new",),
    ),
    Seen(
        "a foreign data wrapper",
        "CREATE FOREIGN DATA WRAPPER w",
        ("foreign data wrapper w is new",),
    ),
    Seen(
        "a foreign server",
        "CREATE SERVER near FOREIGN DATA WRAPPER w",
        ("foreign server near is new",),
        setup=FOREIGN,
    ),
    Seen(
        "options of a foreign server",
        "ALTER SERVER far OPTIONS (SET host 'b')",
        ("foreign server far: options host=a became host=b",),
        setup=FOREIGN,
    ),
    Seen(
        "a foreign table",
        "CREATE FOREIGN TABLE ft (a int) SERVER far OPTIONS (x 'y')",
        ("foreign table public.ft is new",),
        setup=FOREIGN,
    ),
    Seen(
        "options of a foreign table",
        "ALTER FOREIGN TABLE ft OPTIONS (SET x 'z')",
        ("foreign table public.ft: options x=y became x=z",),
        setup=FOREIGN + "CREATE FOREIGN TABLE ft (a int) SERVER far OPTIONS (x 'y');",
    ),
    Seen(
        "a user mapping",
        "CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'secret')",
        ("user mapping public for far is new",),
        setup=FOREIGN,
    ),
    Seen("a publication", "CREATE PUBLICATION p FOR ALL TABLES", ("publication p is new",)),
    Seen(
        "a table of a publication",
        "ALTER PUBLICATION p ADD TABLE t",
        ("publication p gained tables public.t",),
        setup=TABLE + "CREATE PUBLICATION p;",
    ),
    Seen(
        "operations of a publication",
        "ALTER PUBLICATION p SET (publish = 'insert')",
        ("publication p: operations insert, update, delete, truncate became insert",),
        setup="CREATE PUBLICATION p;",
    ),
    Seen(
        "a subscription",
        SUBSCRIPTION,
        ("subscription sub is new",),
        after=NO_SUBSCRIPTION,
    ),
    Seen(
        "what a subscription does",
        "ALTER SUBSCRIPTION sub SET (binary = true, synchronous_commit = 'local')",
        (
            "subscription sub gained binary",
            "subscription sub: synchronous commit off became local",
        ),
        setup=SUBSCRIPTION,
        since=14,
        after=NO_SUBSCRIPTION,
    ),
    Seen(
        "a subscription that stops at an error",
        "ALTER SUBSCRIPTION sub SET (disable_on_error = true)",
        ("subscription sub gained disable on error",),
        setup=SUBSCRIPTION,
        since=15,
        after=NO_SUBSCRIPTION,
    ),
    Seen(
        "a comment on a subscription",
        "COMMENT ON SUBSCRIPTION sub IS 'x'",
        ("subscription sub gained comment x",),
        setup=SUBSCRIPTION,
        since=14,
        after=NO_SUBSCRIPTION,
    ),
    Seen(
        "publications of a subscription",
        "ALTER SUBSCRIPTION sub SET PUBLICATION q WITH (refresh = false)",
        ("subscription sub: publications p became q",),
        setup=SUBSCRIPTION,
        after=NO_SUBSCRIPTION,
    ),
    Seen(
        "a user mapping without options",
        "CREATE USER MAPPING FOR PUBLIC SERVER far",
        ("user mapping public for far is new",),
        setup=FOREIGN,
    ),
)
