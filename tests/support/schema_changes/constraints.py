"""Single changes of constraints."""

from __future__ import annotations

from support.schema_changes.seen import Seen

TABLE = "CREATE TABLE t (a int, b text);"
REFERENCED = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int);"

CHANGES = (
    Seen(
        "a primary key",
        "ALTER TABLE t ADD PRIMARY KEY (a)",
        ("constraint public.t.t_pkey is new",),
        setup="CREATE TABLE t (a int NOT NULL);",
    ),
    Seen(
        "a dropped primary key",
        "ALTER TABLE t DROP CONSTRAINT t_pkey",
        ("constraint public.t.t_pkey is gone",),
        setup="CREATE TABLE t (a int NOT NULL, CONSTRAINT t_pkey PRIMARY KEY (a));",
    ),
    Seen(
        "a unique constraint",
        "ALTER TABLE t ADD UNIQUE (a)",
        ("constraint public.t.t_a_key is new",),
        setup=TABLE,
    ),
    Seen(
        "more columns of a unique constraint",
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)",
        ("constraint public.t.u: definition UNIQUE (a) became UNIQUE (a, b)",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);",
    ),
    Seen(
        "nulls not distinct",
        (
            "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS "
            "NOT DISTINCT (a)"
        ),
        ("constraint public.t.u: definition UNIQUE (a) became UNIQUE NULLS NOT DISTINCT (a)",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);",
        since=15,
    ),
    Seen(
        "included columns of a unique constraint",
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) INCLUDE (b)",
        ("constraint public.t.u: definition UNIQUE (a) became UNIQUE (a) INCLUDE (b)",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);",
    ),
    Seen(
        "fillfactor of a constraint's index",
        "ALTER INDEX u SET (fillfactor = 50)",
        ("constraint public.t.u gained index options fillfactor=50",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);",
    ),
    Seen(
        "a check",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
        ("constraint public.t.positive is new",),
        setup=TABLE,
    ),
    Seen(
        "another check",
        (
            "ALTER TABLE t DROP CONSTRAINT positive; ALTER TABLE t ADD CONSTRAINT positive "
            "CHECK (a >= 0)"
        ),
        ("constraint public.t.positive: definition CHECK ((a > 0)) became CHECK ((a >= 0))",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);",
    ),
    Seen(
        "a check that was validated",
        "ALTER TABLE t VALIDATE CONSTRAINT positive",
        (
            (
                "constraint public.t.positive: definition CHECK ((a > 0)) NOT VALID became CHECK "
                "((a > 0))"
            ),
        ),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;",
    ),
    Seen(
        "a check that is not inherited",
        (
            "ALTER TABLE t DROP CONSTRAINT positive; ALTER TABLE t ADD CONSTRAINT positive "
            "CHECK (a > 0) NO INHERIT"
        ),
        (
            (
                "constraint public.t.positive: definition CHECK ((a > 0)) became CHECK ((a > 0)) "
                "NO INHERIT"
            ),
        ),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);",
    ),
    Seen(
        "a renamed constraint",
        "ALTER TABLE t RENAME CONSTRAINT positive TO above_zero",
        (
            "constraint public.t.above_zero is new",
            "constraint public.t.positive is gone",
        ),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);",
    ),
    Seen(
        "a foreign key",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p",
        ("constraint public.t.f is new",),
        setup=REFERENCED,
    ),
    Seen(
        "on delete",
        (
            "ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) "
            "REFERENCES p ON DELETE CASCADE"
        ),
        ("constraint public.t.f: definition FOREIGN KEY (a) REFERENCES public.p(id) became",),
        setup=REFERENCED + "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p;",
    ),
    Seen(
        "a deferrable foreign key",
        "ALTER TABLE t ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED",
        ("constraint public.t.f: definition FOREIGN KEY (a) REFERENCES public.p(id) became",),
        setup=REFERENCED + "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p;",
    ),
    Seen(
        "a foreign key that is not enforced",
        "ALTER TABLE t ALTER CONSTRAINT f NOT ENFORCED",
        ("constraint public.t.f: definition FOREIGN KEY (a) REFERENCES public.p(id) became",),
        setup=REFERENCED + "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p;",
        since=18,
    ),
    Seen(
        "an exclusion constraint",
        "ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&)",
        ("constraint public.t.apart is new",),
        setup="CREATE TABLE t (r int4range);",
    ),
    Seen(
        "a comment on a constraint",
        "COMMENT ON CONSTRAINT positive ON t IS 'x'",
        ("constraint public.t.positive gained comment x",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);",
    ),
    Seen(
        "a comment on a constraint's index",
        "COMMENT ON INDEX u IS 'x'",
        ("constraint public.t.u gained comment on its index x",),
        setup=TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);",
    ),
    Seen(
        "a NOT NULL that people named",
        "ALTER TABLE t RENAME CONSTRAINT t_a_not_null TO a_is_there",
        ("column public.t.a gained name of its NOT NULL a_is_there",),
        setup="CREATE TABLE t (a int NOT NULL);",
        since=18,
    ),
    Seen(
        "a NOT NULL that is not valid",
        "ALTER TABLE t ADD CONSTRAINT t_a_not_null NOT NULL a NOT VALID",
        (
            "column public.t.a is now not null",
            "column public.t.a is now not valid in its NOT NULL",
        ),
        setup=TABLE,
        since=18,
    ),
)
