"""Splitting scripts into statements as psql does."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.postgres.psql_script import statements_of

BODY = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN 1; END$$"
ATOMIC = (
    "CREATE OR REPLACE FUNCTION f(a int) RETURNS int\n"
    "BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 2; END"
)


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        (" ;; \n;", []),
        ("-- nothing; at all\n/* nor; /* here; */ ; */;", []),
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("BEGIN;\n\nSELECT 1;\n\nCOMMIT;\n\n", ["BEGIN", "SELECT 1", "COMMIT"]),
        ("-- Running upgrade  -> a1\n\nSELECT 1;", ["SELECT 1"]),
        ("SELECT ';', \";\", 'it''s;'; SELECT 2", ["SELECT ';', \";\", 'it''s;'", "SELECT 2"]),
        (r"SELECT 'a\'; SELECT E'b\';'; TABLE t", [r"SELECT 'a\'", r"SELECT E'b\';'", "TABLE t"]),
        (f"{BODY}; SELECT 1", [BODY, "SELECT 1"]),
        (
            "SELECT $a$;$$;$a$; SELECT a$b$ FROM c$b$",
            ["SELECT $a$;$$;$a$", "SELECT a$b$ FROM c$b$"],
        ),
        ("DO $é$;$é$; SELECT $1", ["DO $é$;$é$", "SELECT $1"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
            ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
        ),
        (f"{ATOMIC}; SELECT 1;", [ATOMIC, "SELECT 1"]),
        (
            "BEGIN; CREATE TABLE t (a int); END; SELECT 1",
            ["BEGIN", "CREATE TABLE t (a int)", "END", "SELECT 1"],
        ),
        ("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]),
        ("SELECT $$open; SELECT 2", ["SELECT $$open; SELECT 2"]),
        ("SELECT '50%', :a; SELECT %s", ["SELECT '50%', :a", "SELECT %s"]),
    ],
)
def test_a_semicolon_ends_a_statement_where_psql_thinks_so(
    script: str, statements: list[str]
) -> None:
    assert list(statements_of(script)) == statements


def test_splitting_a_long_script_is_fast() -> None:
    script = "INSERT INTO t VALUES ('it''s', $$;$$);\n" * 20_000
    assert sum(1 for _ in statements_of(script)) == 20_000
