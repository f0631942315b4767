"""Statements that change no schema, and statements whose difference is cosmetic."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
CHECKED = "CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0));"
INDEXED = "CREATE TABLE t (a int); CREATE INDEX i ON t (a) WHERE a > 0;"
VIEW = "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t WHERE a > 0;"
STORED = "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW m AS SELECT a FROM t;"


def nothing(name: str, change: str, setup: str = TABLE) -> Seen:
    return Seen(name, change, (), setup)


NOTHING = (
    nothing("rows", "INSERT INTO t SELECT g FROM generate_series(1, 100) g"),
    nothing("analyze", "INSERT INTO t SELECT g FROM generate_series(1, 100) g; ANALYZE t"),
    nothing("reindex", "REINDEX TABLE t", INDEXED),
    nothing("vacuum full", "VACUUM FULL t", INDEXED),
    nothing("cluster", "CLUSTER t", INDEXED.replace(" WHERE a > 0", "") + "CLUSTER t USING i;"),
    nothing("truncate", "TRUNCATE t"),
    nothing("a value of a sequence", "SELECT nextval('q')", "CREATE SEQUENCE q;"),
    nothing("refreshed rows", "REFRESH MATERIALIZED VIEW m", STORED),
    nothing("no rows in a view", "REFRESH MATERIALIZED VIEW m WITH NO DATA", STORED),
    nothing("a temporary table", "CREATE TEMP TABLE u (a int); CREATE INDEX ON u (a)"),
    nothing("a column that came and went", "ALTER TABLE t ADD c int; ALTER TABLE t DROP c"),
    nothing("the last column, made again", "ALTER TABLE t DROP b; ALTER TABLE t ADD b text"),
    nothing("a table made again", "DROP TABLE t; CREATE TABLE t (a int, b text)"),
    nothing("a name that came back", "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t"),
    nothing(
        "a constraint made again",
        "ALTER TABLE t DROP CONSTRAINT positive; "
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
        CHECKED,
    ),
    nothing(
        "a check spelled otherwise",
        "ALTER TABLE t DROP CONSTRAINT positive; "
        "ALTER TABLE t ADD CONSTRAINT positive CHECK ( ( a>0 ) )",
        CHECKED,
    ),
    nothing(
        "a check validated at once or later",
        "ALTER TABLE t DROP CONSTRAINT positive; "
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID; "
        "ALTER TABLE t VALIDATE CONSTRAINT positive",
        CHECKED,
    ),
    nothing(
        "an index made again",
        "DROP INDEX i; CREATE INDEX i ON public.t USING btree (a ASC NULLS LAST) WHERE (a>0)",
        INDEXED,
    ),
    nothing(
        "a view spelled otherwise",
        "CREATE OR REPLACE VIEW v AS SELECT t.a AS a FROM public.t WHERE (t.a)>(0)",
        VIEW,
    ),
    nothing(
        "a default spelled otherwise",
        "ALTER TABLE t ALTER a SET DEFAULT '7'",
        "CREATE TABLE t (a int DEFAULT 7);",
    ),
    nothing(
        "a type spelled otherwise",
        "ALTER TABLE t ALTER a TYPE int4, ALTER b TYPE character varying(5)",
        "CREATE TABLE t (a integer, b varchar(5));",
    ),
    nothing(
        "options in another order",
        "ALTER TABLE t RESET (fillfactor); ALTER TABLE t SET (fillfactor = 70)",
        "CREATE TABLE t (a int) WITH (fillfactor = 70, autovacuum_enabled = false);",
    ),
    nothing("defaults said aloud", "ALTER TABLE t ALTER a SET STATISTICS -1, SET WITHOUT CLUSTER"),
    nothing(
        "a function made again",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql VOLATILE COST 100 AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    nothing(
        "a comment that was taken back", "COMMENT ON TABLE t IS 'x'; COMMENT ON TABLE t IS NULL"
    ),
)

COSMETIC = (
    Seen(
        "the order of columns",
        "ALTER TABLE t DROP a; ALTER TABLE t ADD a int",
        ("table public.t: order of columns a, b became b, a",),
        TABLE,
    ),
    Seen(
        "the name of a check",
        "ALTER TABLE t DROP CONSTRAINT t_check;"
        "ALTER TABLE t RENAME CONSTRAINT t_check1 TO t_check;"
        "ALTER TABLE t ADD CONSTRAINT t_check1 CHECK (a > b)",
        (
            "constraint public.t.t_check: name public.t.t_check became public.t.t_check1",
            "constraint public.t.t_check1: name public.t.t_check1 became public.t.t_check",
        ),
        "CREATE TABLE t (a int, b int, CHECK (a > b), CHECK (a < b + 9));",
    ),
    Seen(
        "the name of a unique constraint",
        "ALTER TABLE t RENAME CONSTRAINT t_a_key TO t_a_key1",
        ("constraint public.t.t_a_key: name public.t.t_a_key became public.t.t_a_key1",),
        "CREATE TABLE t (a int UNIQUE);",
    ),
    Seen(
        "the name of a primary key from a former table name",
        "ALTER TABLE t RENAME CONSTRAINT t_pkey TO former_pkey",
        ("constraint public.t.t_pkey: name public.t.t_pkey became public.t.former_pkey",),
        "CREATE TABLE t (a int PRIMARY KEY);",
    ),
    Seen(
        "the name of a foreign key",
        "ALTER TABLE t RENAME CONSTRAINT t_b_fkey TO t_b_fkey1",
        ("constraint public.t.t_b_fkey: name public.t.t_b_fkey became public.t.t_b_fkey1",),
        "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t);",
    ),
    Seen(
        "the name of an index",
        "DROP INDEX t_a_b_idx; CREATE INDEX t_a_b_idx1 ON t (a, b)",
        ("index public.t_a_b_idx: name public.t_a_b_idx became public.t_a_b_idx1",),
        "CREATE TABLE t (a int, b int); CREATE INDEX ON t (a, b);",
    ),
    Seen(
        "which of two equal indexes with names of Postgres's is attached to which",
        "UPDATE pg_inherits SET inhparent = CASE inhparent WHEN 't_a_idx'::regclass THEN "
        "'t_a_idx1'::regclass ELSE 't_a_idx'::regclass END "
        "WHERE inhrelid IN ('t1_a_idx'::regclass, 't1_a_idx1'::regclass)",
        (
            "index public.t1_a_idx: attached to public.t_a_idx became public.t_a_idx1",
            "index public.t1_a_idx1: attached to public.t_a_idx1 became public.t_a_idx",
        ),
        "CREATE TABLE t (a int) PARTITION BY RANGE (a);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9);"
        "CREATE INDEX ON t (a); CREATE INDEX ON t (a);",
    ),
    Seen(
        "the name of a serial's sequence",
        "ALTER SEQUENCE t_a_seq RENAME TO t_a_seq1",
        ("sequence public.t_a_seq: name public.t_a_seq became public.t_a_seq1",),
        "CREATE TABLE t (a serial);",
    ),
)
