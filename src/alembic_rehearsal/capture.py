"""Taking a snapshot: production's schema, where it came from, and rows of declared tables alone.

Nothing is written to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from alembic_rehearsal.connecting import connect
from alembic_rehearsal.errors import Refused, RehearsalError, Usage
from alembic_rehearsal.reference import reference_rows
from alembic_rehearsal.schema.pg_dump import dump_schema, pg_dump_version
from alembic_rehearsal.servers import given_database
from alembic_rehearsal.snapshots import digest, read_snapshot, with_rows, write_snapshot
from alembic_rehearsal.stamps import DEFAULT, find_version_table, read_stamp
from alembic_rehearsal.words import Database, Provenance, Snapshot, TableSize

# reltuples is the planner's estimate, -1 where it has none; a partitioned table has no
# file of its own.
_TABLES = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_%'
"""
_SERVER = """
    SELECT current_setting('server_version'), pg_encoding_to_char(d.encoding), d.datcollate,
           current_setting('TimeZone')
    FROM pg_database d WHERE d.datname = current_database()
"""


def take_snapshot(
    url: str, path: Path, *, tell: Callable[[str], None], reference_tables: Sequence[str] = ()
) -> Snapshot:
    """Write the schema of a live database to `path`, and its provenance beside it.

    The rows of `reference_tables` are carried, those of no other table.

    When the schema, the revisions and the tables are those of the snapshot that is there
    already, its time and its estimates stay too: git shows real changes only.

    Raises `NoServer` for a database that cannot be reached, `ActBroke` when pg_dump fails,
    and `Refused` where a snapshot with revisions would be replaced by one without: that is
    another database; `Usage` for reference tables that are not there, or cannot be loaded
    without others.  Nothing is written then.
    """
    database = given_database(url)
    tell(f"taking the schema of {database.masked} (PostgreSQL {database.server.version})")
    schema = dump_schema(database)
    rows = reference_rows(database, reference_tables) if reference_tables else {}
    if rows:
        tell(f"with the rows of {', '.join(rows)}")
    sql = with_rows(schema, rows)
    snapshot = Snapshot(path, sql, _provenance(database, sql, tuple(sorted(rows))))
    if snapshot.provenance.version_table in rows:
        raise Usage(
            f"reference_tables names {snapshot.provenance.version_table}, Alembic's own table.",
            why="what is in it is kept as the revisions of the provenance.",
        )
    before = _provenance_of(path)
    if before is None or not _says_the_same(snapshot.provenance, before):
        _check_same_database(snapshot, before, database)
        write_snapshot(snapshot)
    return read_snapshot(path)


def _provenance(database: Database, sql: str, reference_tables: tuple[str, ...]) -> Provenance:
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(_SERVER)
        ((version, encoding, collation, time_zone),) = cursor.fetchall()
        cursor.execute("SELECT extname, extversion FROM pg_extension")
        extensions = dict(cursor.fetchall())
        cursor.execute(_TABLES)
        tables = {name: TableSize(rows, size) for name, rows, size in cursor.fetchall()}
        version_table = find_version_table(connection)
        revisions = read_stamp(connection, version_table) if version_table else ()
    return Provenance(
        revisions=revisions,
        server_version=version.split()[0],
        encoding=encoding,
        collation=collation,
        time_zone=time_zone,
        extensions=extensions,
        tables=tables,
        version_table=version_table or DEFAULT,
        sha256=digest(sql),
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        taken_with=pg_dump_version(database.server.major),
        reference_tables=reference_tables,
    )


def _provenance_of(path: Path) -> Provenance | None:
    """What a snapshot that is there already says of itself, None where none can be read."""
    try:
        return read_snapshot(path).provenance
    except RehearsalError:
        return None


def _says_the_same(new: Provenance, old: Provenance) -> bool:
    """Whether nothing has changed, estimates and time of day aside."""
    return all(
        getattr(new, each) == getattr(old, each)
        for each in ("sha256", "revisions", "server_version", "extensions", "reference_tables")
    )


def _check_same_database(new: Snapshot, old: Provenance | None, database: Database) -> None:
    if old is not None and old.revisions and not new.provenance.revisions:
        raise Refused(
            f"{database.masked} is at no revision, and {new.path} was at "
            f"{', '.join(old.revisions)}.",
            why="that looks like another database; the snapshot is left as it is.",
            ways_out=(f"rm {new.path}   (if this is production after all)", "another --from"),
        )
