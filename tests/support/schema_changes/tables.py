"""Single changes of tables: their kind, options, parents and partitions."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
PARTITIONED = (
    "CREATE TABLE t (a int, b text) PARTITION BY RANGE (a); CREATE TABLE t1 "
    "PARTITION OF t FOR VALUES FROM (0) TO (10);"
)

CHANGES = (
    Seen(
        "heap said of a partitioned table",
        "ALTER TABLE t SET ACCESS METHOD heap",
        ("table public.t gained access method heap",),
        setup="CREATE TABLE t (a int) PARTITION BY RANGE (a);",
        since=17,
    ),
    Seen("a new table", "CREATE TABLE u (a int)", ("table public.u is new",), setup=TABLE),
    Seen("a dropped table", "DROP TABLE t", ("table public.t is gone",), setup=TABLE),
    Seen(
        "a renamed table",
        "ALTER TABLE t RENAME TO u",
        (
            "table public.t is gone",
            "table public.u is new",
        ),
        setup=TABLE,
    ),
    Seen(
        "a table in another schema",
        "ALTER TABLE t SET SCHEMA s",
        (
            "table public.t is gone",
            "table s.t is new",
        ),
        setup=TABLE + "CREATE SCHEMA s;",
    ),
    Seen(
        "an unlogged table",
        "ALTER TABLE t SET UNLOGGED",
        ("table public.t gained persistence unlogged",),
        setup=TABLE,
    ),
    Seen(
        "storage options of a table",
        "ALTER TABLE t SET (fillfactor = 70)",
        ("table public.t gained options fillfactor=70",),
        setup=TABLE,
    ),
    Seen(
        "options of a TOAST table",
        "ALTER TABLE t SET (toast.autovacuum_enabled = false)",
        ("table public.t gained options of its TOAST table autovacuum_enabled=false",),
        setup=TABLE,
    ),
    Seen(
        "row security on",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        ("table public.t gained row security",),
        setup=TABLE,
    ),
    Seen(
        "row security for the owner",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        ("table public.t gained row security for the owner",),
        setup=TABLE,
    ),
    Seen(
        "replica identity full",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        ("table public.t gained replica identity full",),
        setup=TABLE,
    ),
    Seen(
        "replica identity by index",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX t_a",
        (
            "index public.t_a gained replica identity",
            "table public.t gained replica identity an index",
        ),
        setup="CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX t_a ON t (a);",
    ),
    Seen(
        "a parent table",
        "ALTER TABLE t INHERIT p",
        (
            "column public.t.a gained inherited and its own",
            "table public.t gained parents public.p",
        ),
        setup=TABLE + "CREATE TABLE p (a int);",
    ),
    Seen(
        "a parent table no more",
        "ALTER TABLE t NO INHERIT p",
        (
            "column public.t.a is no longer inherited",
            "table public.t lost its parents public.p",
        ),
        setup="CREATE TABLE p (a int); CREATE TABLE t (b int) INHERITS (p);",
    ),
    Seen(
        "a new partition",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20)",
        ("table public.t2 is new",),
        setup=PARTITIONED,
    ),
    Seen(
        "a detached partition",
        "ALTER TABLE t DETACH PARTITION t1",
        (
            "table public.t1 lost its parents public.t",
            "table public.t1 lost its partition bound FOR VALUES FROM (0) TO (10)",
        ),
        setup=PARTITIONED,
    ),
    Seen(
        "other bounds of a partition",
        (
            "ALTER TABLE t DETACH PARTITION t1; ALTER TABLE t ATTACH PARTITION t1 FOR VALUES "
            "FROM (0) TO (11)"
        ),
        ("table public.t1: partition bound FOR VALUES FROM (0) TO (10) became FOR VALUES F",),
        setup=PARTITIONED,
    ),
    Seen(
        "another partition key",
        "DROP TABLE t; CREATE TABLE t (a int, b text) PARTITION BY LIST (a)",
        ("table public.t: partition key RANGE (a) became LIST (a)",),
        setup="CREATE TABLE t (a int, b text) PARTITION BY RANGE (a);",
    ),
    Seen(
        "a table of a type",
        "ALTER TABLE t OF k",
        ("table public.t gained of type public.k",),
        setup="CREATE TYPE k AS (a int, b text);" + TABLE,
    ),
    Seen(
        "another access method",
        "ALTER TABLE t SET ACCESS METHOD heap2",
        ("table public.t gained access method heap2",),
        setup=TABLE + "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;",
        since=15,
    ),
    Seen(
        "a comment on a table",
        "COMMENT ON TABLE t IS 'what it is'",
        ("table public.t gained comment what it is",),
        setup=TABLE,
    ),
    Seen(
        "another comment on a table",
        "COMMENT ON TABLE t IS 'two'",
        ("table public.t: comment one became two",),
        setup=TABLE + "COMMENT ON TABLE t IS 'one';",
    ),
)
