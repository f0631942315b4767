"""The models, built on a database of their own.

Which of it counts, and against what, is the business of `models.py`.
"""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg2

from alembic_rehearsal.acts.stage import Skip, Stage
from alembic_rehearsal.connecting import Connection, connect
from alembic_rehearsal.facts import Scene
from alembic_rehearsal.project.host import StepFailed
from alembic_rehearsal.walks import Failure, Start
from alembic_rehearsal.words import Database

_ATTEMPTS = 50
_UNDEFINED_OBJECT, _UNDEFINED_FUNCTION, _UNDEFINED_TABLE = "42704", "42883", "42P01"


def built(stage: Stage, scene: Scene, start: Start) -> Database:
    """A database that holds what the models make; `Skip` where they cannot be built.

    First an empty one.  What models need and cannot make (extensions, functions, types that
    only migrations know) is on a clone of the migrated one, from which all goes that they
    might make, but for what turns out to be missing.
    """
    database = stage.database("models")
    failure = _build(stage, database)
    if failure is None:
        return database
    stage.discard(database)
    ladder = stage.ladder(scene, start)
    kept: set[str] = set()
    cascade = True
    for _ in range(_ATTEMPTS):
        try:
            database = ladder.at(len(ladder.plan))
        except StepFailed:
            break
        _clear(database, kept, cascade=cascade)
        failure = _build(stage, database)
        if failure is None:
            return database
        stage.discard(database)
        missing = _named(failure)
        if failure.sqlstate == _UNDEFINED_FUNCTION and cascade:
            cascade = False  # it went with a type that it takes or returns
        elif missing and missing not in kept:
            kept.add(missing)
        else:
            break
    raise Skip(f"the models cannot be built: {failure.message}")


def _build(stage: Stage, database: Database) -> Failure | None:
    try:
        with stage.walking(database) as walk:
            walk.build()
    except StepFailed as stopped:
        return stopped.failure
    return None


def _named(failure: Failure) -> str:
    """The type or sequence that is missing, without its schema."""
    found = re.search(r'"([^"]+)"', failure.message)
    if found is None or failure.sqlstate not in (_UNDEFINED_OBJECT, _UNDEFINED_TABLE):
        return ""
    return found[1].rpartition(".")[2]


# What models may make, from the catalogs; what belongs to an extension stays.
_MADE = """
    SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {ours_c}
    UNION ALL
    SELECT 'SEQUENCE', format('%I.%I', n.nspname, c.relname), c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND {ours_c} AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
        format('%I.%I', n.nspname, t.typname), t.typname
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e') AND {ours_t}
"""
_OURS = """n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass
        AND e.objid = {alias}.oid AND e.deptype = 'e')"""


def _clear(database: Database, kept: set[str], *, cascade: bool) -> None:
    """Drop every table, sequence, domain and enum but those that are `kept` by name."""
    found = _MADE.format(
        ours_c=_OURS.format(catalog="pg_class", alias="c"),
        ours_t=_OURS.format(catalog="pg_type", alias="t"),
    )
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(found)
        for kind, name, plain in cursor.fetchall():
            if kind == "TABLE" or plain not in kept:
                with_all = "CASCADE" if cascade or kind == "TABLE" else "RESTRICT"
                _drop(connection, f"DROP {kind} IF EXISTS {name} {with_all}")


def _drop(connection: Connection, statement: str) -> None:
    """What cannot be dropped stays: something is made of it that models cannot make."""
    with suppress(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute(statement)
