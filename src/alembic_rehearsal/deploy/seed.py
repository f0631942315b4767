"""The first rows of a new database: the application's seed function, run once per database.

The last line in the comment of Alembic's version table records that it has run: schema
comparisons ignore this comment, and snapshots do not contain it.
"""

from __future__ import annotations

from pathlib import Path

from psycopg2 import errors, sql

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.schema.version_table import SEEDED_BY
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed, Refused, UsageError

_COMMENT = "SELECT coalesce(obj_description(%s::regclass, 'pg_class'), '')"


def is_seeded(database: Database, version_table: str) -> bool:
    """Whether a seed function has finished in this database.

    `version_table` is the project's own, quoted as in SQL; "" where there is none yet.
    """
    if not version_table:
        return False
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(_COMMENT, (version_table,))
        ((comment,),) = cursor.fetchall()
        return any(line.startswith(SEEDED_BY) for line in comment.splitlines())


def run_seed(child: Child, target: Database | Path, function: str, version_table: str) -> None:
    """Call the seed function and record that it has finished; a SQLite file records nothing.

    Raises `MigrationFailed` with the function's error where it fails: it is run again next
    time.  Raises `Refused` where the account may not write the comment.
    """
    try:
        child.call(target, function)
    except StepFailed as stopped:
        raise MigrationFailed(
            f"{function} failed: {stopped.what}",
            why=stopped.why,
            remedies=("repair it, and run this again   (it counts as not run)",),
        ) from stopped
    if isinstance(target, Database):
        _mark_seeded(target, function, version_table)


def _mark_seeded(database: Database, function: str, table: str) -> None:
    if not table:
        raise UsageError("there is no version table whose comment could record the seed.")
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(_COMMENT, (table,))
        ((existing,),) = cursor.fetchall()
        comment = sql.Literal(
            f"{existing}\n{SEEDED_BY}{function}" if existing else f"{SEEDED_BY}{function}"
        )
        try:
            cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.SQL(table), comment))
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"{function} was run, and that cannot be recorded: {database.server.user} does "
                f"not own {table}.",
                why="the next run with --seed would run it again.",
                remedies=(f'ALTER TABLE {table} OWNER TO "{database.server.user}";',),
            ) from error
