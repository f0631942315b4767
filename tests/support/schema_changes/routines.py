"""Single changes of functions, triggers, rules and policies."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
FUNCTION = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';"
TRIGGERABLE = (
    "CREATE TABLE t (a int, b text);CREATE FUNCTION g() RETURNS trigger LANGUAGE "
    "plpgsql AS 'begin return new; end';"
)
TRIGGER = (
    "CREATE TABLE t (a int, b text);CREATE FUNCTION g() RETURNS trigger LANGUAGE "
    "plpgsql AS 'begin return new; end';CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH "
    "ROW EXECUTE FUNCTION g();"
)
POLICY = "CREATE TABLE t (a int, b text);CREATE POLICY y ON t USING (a > 0);"

ON_PARTITION = (
    "CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t DEFAULT;"
    "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';"
    "CREATE TRIGGER r AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();"
)

CHANGES = (
    Seen(
        "a trigger that is off on a partition",
        "ALTER TABLE t1 DISABLE TRIGGER r",
        ("trigger public.t1.r: fires as its parent's became never",),
        setup=ON_PARTITION,
    ),
    Seen(
        "a trigger that is on again on a partition",
        "ALTER TABLE t1 ENABLE TRIGGER r",
        ("trigger public.t1.r: fires never became as its parent's",),
        setup=ON_PARTITION + "ALTER TABLE t1 DISABLE TRIGGER r;",
    ),
    Seen(
        "a trigger that depends on an extension",
        "ALTER TRIGGER r ON t DEPENDS ON EXTENSION plpgsql",
        ("trigger public.t.r gained depends on extension plpgsql",),
        setup=TRIGGER,
    ),
    Seen("a function", FUNCTION, ("function public.f(integer) is new",)),
    Seen(
        "another body",
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'",
        ("function public.f(integer): body SELECT a became SELECT a + 1",),
        setup=FUNCTION,
    ),
    Seen(
        "an overloaded function",
        "CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ("function public.f(text) is new",),
        setup=FUNCTION,
    ),
    Seen(
        "volatility",
        "ALTER FUNCTION f(int) STABLE",
        ("function public.f(integer): volatility volatile became stable",),
        setup=FUNCTION,
    ),
    Seen(
        "a strict function",
        "ALTER FUNCTION f(int) STRICT",
        ("function public.f(integer) is now strict",),
        setup=FUNCTION,
    ),
    Seen(
        "a security definer",
        "ALTER FUNCTION f(int) SECURITY DEFINER",
        ("function public.f(integer) gained security definer",),
        setup=FUNCTION,
    ),
    Seen(
        "a leakproof function",
        "ALTER FUNCTION f(int) LEAKPROOF",
        ("function public.f(integer) is now leakproof",),
        setup=FUNCTION,
    ),
    Seen(
        "a parallel function",
        "ALTER FUNCTION f(int) PARALLEL SAFE",
        ("function public.f(integer): parallel unsafe became safe",),
        setup=FUNCTION,
    ),
    Seen(
        "a function's cost",
        "ALTER FUNCTION f(int) COST 7",
        ("function public.f(integer): cost 100 became 7",),
        setup=FUNCTION,
    ),
    Seen(
        "a function's settings",
        "ALTER FUNCTION f(int) SET work_mem = '1MB'",
        ("function public.f(integer) gained settings work_mem=1MB",),
        setup=FUNCTION,
    ),
    Seen(
        "a default of an argument",
        "CREATE OR REPLACE FUNCTION f(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a'",
        ("function public.f(integer): arguments a integer became a integer DEFAULT 1",),
        setup=FUNCTION,
    ),
    Seen(
        "a function that depends on an extension",
        "ALTER FUNCTION f(int) DEPENDS ON EXTENSION plpgsql",
        ("function public.f(integer) gained depends on extension plpgsql",),
        setup=FUNCTION,
    ),
    Seen(
        "a procedure",
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
        ("procedure public.p() is new",),
    ),
    Seen(
        "an aggregate",
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
        ("aggregate public.total(integer) is new",),
    ),
    Seen(
        "another aggregate",
        "CREATE OR REPLACE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5')",
        ("aggregate public.total(integer) gained initial value 5",),
        setup="CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);",
    ),
    Seen(
        "a trigger",
        "CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g()",
        ("trigger public.t.r is new",),
        setup=TRIGGERABLE,
    ),
    Seen(
        "another event of a trigger",
        (
            "DROP TRIGGER r ON t; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE "
            "FUNCTION g()"
        ),
        ("trigger public.t.r: definition CREATE TRIGGER r BEFORE UPDATE ON public.t FOR EA",),
        setup=TRIGGER,
    ),
    Seen(
        "a trigger that is off",
        "ALTER TABLE t DISABLE TRIGGER r",
        ("trigger public.t.r: fires on origin became never",),
        setup=TRIGGER,
    ),
    Seen(
        "a comment on a trigger",
        "COMMENT ON TRIGGER r ON t IS 'x'",
        ("trigger public.t.r gained comment x",),
        setup=TRIGGER,
    ),
    Seen(
        "a rule",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
        ("rule public.t.r is new",),
        setup=TABLE,
    ),
    Seen(
        "a rule that is off",
        "ALTER TABLE t DISABLE RULE r",
        ("rule public.t.r: fires on origin became never",),
        setup=TABLE + "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;",
    ),
    Seen(
        "a policy", "CREATE POLICY y ON t USING (a > 0)", ("policy public.t.y is new",), setup=TABLE
    ),
    Seen(
        "another policy",
        "ALTER POLICY y ON t USING (a > 1)",
        ("policy public.t.y: using (a > 0) became (a > 1)",),
        setup=POLICY,
    ),
    Seen(
        "a policy's check",
        "ALTER POLICY y ON t WITH CHECK (a > 2)",
        ("policy public.t.y gained check (a > 2)",),
        setup=POLICY,
    ),
    Seen(
        "a policy's roles",
        "ALTER POLICY y ON t TO pg_monitor",
        ("policy public.t.y: roles PUBLIC became pg_monitor",),
        setup=POLICY,
    ),
    Seen(
        "a restrictive policy",
        "DROP POLICY y ON t; CREATE POLICY y ON t AS RESTRICTIVE USING (a > 0)",
        ("policy public.t.y is now restrictive",),
        setup=POLICY,
    ),
    Seen(
        "statistics",
        "CREATE STATISTICS e (dependencies) ON a, b FROM t",
        ("statistics public.e is new",),
        setup=TABLE,
    ),
    Seen(
        "kinds of statistics",
        "DROP STATISTICS e; CREATE STATISTICS e (ndistinct) ON a, b FROM t",
        ("statistics public.e: definition CREATE STATISTICS public.e (dependencies) ON a,",),
        setup=TABLE + "CREATE STATISTICS e (dependencies) ON a, b FROM t;",
    ),
    Seen(
        "the target of statistics",
        "ALTER STATISTICS e SET STATISTICS 50",
        ("statistics public.e gained target 50",),
        setup=TABLE + "CREATE STATISTICS e ON a, b FROM t;",
    ),
)
