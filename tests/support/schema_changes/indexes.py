"""Single changes of indexes."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
PARTITIONED = (
    "CREATE TABLE t (a int, b text) PARTITION BY RANGE (a); CREATE TABLE t1 "
    "PARTITION OF t FOR VALUES FROM (0) TO (10);"
)
TWO_ATTACHED = (
    "CREATE INDEX i ON ONLY t (a); CREATE INDEX j ON ONLY t (a); CREATE INDEX i1 ON t1 (a); "
    "CREATE INDEX j1 ON t1 (a); ALTER INDEX i ATTACH PARTITION i1; "
    "ALTER INDEX j ATTACH PARTITION j1;"
)

CHANGES = (
    Seen(
        "an index of the same name on another table",
        "DROP INDEX i; CREATE INDEX i ON u (a)",
        ("index public.i: place table public.t became table public.u",),
        setup="CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index that depends on an extension",
        "ALTER INDEX i DEPENDS ON EXTENSION plpgsql",
        ("index public.i gained depends on extension plpgsql",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen("an index", "CREATE INDEX i ON t (a)", ("index public.i is new",), setup=TABLE),
    Seen(
        "a dropped index",
        "DROP INDEX i",
        ("index public.i is gone",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "a renamed index",
        "ALTER INDEX i RENAME TO j",
        (
            "index public.i is gone",
            "index public.j is new",
        ),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "a unique index",
        "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)",
        ("index public.i is now unique",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index without its predicate",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
        ("index public.i lost its predicate WHERE (b = 'x'::text)",),
        setup=TABLE + "CREATE INDEX i ON t (a) WHERE b = 'x';",
    ),
    Seen(
        "the order of an index",
        "DROP INDEX i; CREATE INDEX i ON t (a DESC NULLS LAST)",
        ("index public.i: definition btree (a) became btree (a DESC NULLS LAST)",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index on an expression",
        "DROP INDEX i; CREATE INDEX i ON t ((a + 1))",
        ("index public.i: definition btree (a) became btree (((a + 1)))",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index of another method",
        "DROP INDEX i; CREATE INDEX i ON t USING hash (a)",
        ("index public.i: definition btree (a) became hash (a)",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index with included columns",
        "DROP INDEX i; CREATE INDEX i ON t (a) INCLUDE (b)",
        ("index public.i: definition btree (a) became btree (a) INCLUDE (b)",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index of another operator class",
        "DROP INDEX i; CREATE INDEX i ON t (b text_pattern_ops)",
        ("index public.i: definition btree (b) became btree (b text_pattern_ops)",),
        setup=TABLE + "CREATE INDEX i ON t (b);",
    ),
    Seen(
        "the collation of an index",
        'DROP INDEX i; CREATE INDEX i ON t (b COLLATE "C")',
        ('index public.i: definition btree (b) became btree (b COLLATE "C")',),
        setup=TABLE + "CREATE INDEX i ON t (b);",
    ),
    Seen(
        "a unique index over nulls",
        "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT",
        ("index public.i: definition btree (a) became btree (a) NULLS NOT DISTINCT",),
        setup=TABLE + "CREATE UNIQUE INDEX i ON t (a);",
        since=15,
    ),
    Seen(
        "fillfactor of an index",
        "ALTER INDEX i SET (fillfactor = 50)",
        ("index public.i: definition btree (a) became btree (a) WITH (fillfactor='50')",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "a clustered index",
        "ALTER TABLE t CLUSTER ON i",
        ("index public.i is now clustered",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an invalid index",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
        ("index public.i is now invalid",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "statistics of an index",
        "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 300",
        ("index public.i gained statistics 1: 300",),
        setup=TABLE + "CREATE INDEX i ON t ((a + 1));",
    ),
    Seen(
        "a comment on an index",
        "COMMENT ON INDEX i IS 'x'",
        ("index public.i gained comment x",),
        setup=TABLE + "CREATE INDEX i ON t (a);",
    ),
    Seen(
        "an index of a partition that is attached",
        "ALTER INDEX i ATTACH PARTITION i1",
        (
            "index public.i is no longer invalid",
            "index public.i1 is now attached",
        ),
        setup=PARTITIONED + "CREATE INDEX i ON ONLY t (a); CREATE INDEX i1 ON t1 (a);",
    ),
    Seen(
        "a constraint of a partition whose index is attached to a plain one",
        "ALTER INDEX i ATTACH PARTITION u1",
        (
            "constraint public.t1.u1 is now attached",
            "index public.i is no longer invalid",
        ),
        setup=PARTITIONED
        + "CREATE UNIQUE INDEX i ON ONLY t (a); ALTER TABLE t1 ADD CONSTRAINT u1 UNIQUE (a);",
    ),
    Seen(
        "an index that is attached to another one of the same definition",
        "UPDATE pg_inherits SET inhparent = CASE inhparent WHEN 'i'::regclass THEN 'j'::regclass "
        "ELSE 'i'::regclass END WHERE inhrelid IN ('i1'::regclass, 'j1'::regclass)",
        (
            "index public.i1: parent index public.i became public.j",
            "index public.j1: parent index public.j became public.i",
        ),
        setup=PARTITIONED + TWO_ATTACHED,
    ),
    Seen(
        "a renamed index of a partitioned table that has another one of the same columns",
        "ALTER INDEX i RENAME TO k",
        (
            "index public.i is gone",
            "index public.i1: parent index public.i became public.k",
            "index public.k is new",
        ),
        setup=PARTITIONED + TWO_ATTACHED,
    ),
)
