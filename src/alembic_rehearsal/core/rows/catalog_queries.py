"""The SQL queries about tables whose rows are read; it runs none of them."""

from __future__ import annotations

# Settings of the transaction, so that values are printed equally for every role; as in pg_dump.
SESSION_SETTINGS = """
    SET LOCAL search_path = ''; SET LOCAL row_security = off; SET LOCAL lock_timeout = '5s';
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY';
    SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1;
    SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8';
"""
TABLES = """
    SELECT c.oid::int8, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema'
      AND n.nspname !~ '^pg_' ORDER BY 2
"""
# Without generated columns: Postgres computes them.
COLUMNS = """
    SELECT quote_ident(a.attname), format_type(a.atttypid, NULL), a.attidentity::text,
           a.attcollation <> 0, coalesce(array_position(k.indkey::int2[], a.attnum), -1)
    FROM pg_attribute a
    LEFT JOIN pg_index k ON k.indrelid = a.attrelid AND k.indisprimary
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY a.attnum
"""
# The sequences that a column owns, or that its default uses.
SEQUENCES = """
    SELECT quote_ident(a.attname), s.seqrelid::regclass::text, s.seqincrement > 0,
           s.seqmin, s.seqmax
    FROM pg_sequence s
    JOIN pg_depend d ON s.seqrelid IN (
        CASE WHEN d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
             THEN d.objid END,
        CASE WHEN d.classid = 'pg_catalog.pg_attrdef'::regclass
              AND d.refclassid = 'pg_catalog.pg_class'::regclass THEN d.refobjid END)
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
    JOIN pg_attribute a ON (a.attrelid, a.attnum) IN (
        (CASE WHEN f.oid IS NULL THEN d.refobjid ELSE f.adrelid END,
         CASE WHEN f.oid IS NULL THEN d.refobjsubid ELSE f.adnum END))
    WHERE a.attrelid = %s GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2
"""
FOREIGN_KEYS = """
    SELECT f.confrelid::int8, array_agg(quote_ident(a.attname))
    FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = ANY(f.conkey)
    WHERE f.contype = 'f' AND f.conrelid = %s AND f.confrelid <> f.conrelid
    GROUP BY f.oid, f.confrelid
"""
# The triggers to disable: they would write again what the rows already contain.
TRIGGERS = """
    SELECT quote_ident(tgname), tgenabled::text FROM pg_trigger
    WHERE tgrelid = %s AND NOT tgisinternal AND tgenabled IN ('O', 'A') ORDER BY tgname
"""
