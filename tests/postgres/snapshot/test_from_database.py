"""The snapshot of a running database in memory: consistent, and read in one transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg2.errors import ReadOnlySqlTransaction

from alembic_rehearsal.core.postgres.connections import read_transaction
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.snapshot.files import read_snapshot, write_snapshot
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.measure import measure_provenance
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from alembic_rehearsal.snapshot.restore import restore
from support.databases import scratch
from support.sql import run


def test_the_snapshot_in_memory_equals_the_one_read_from_files(
    empty_database: Database, tmp_path: Path
) -> None:
    run(empty_database, "CREATE TABLE tiers (id int); INSERT INTO tiers VALUES (1)")
    snapshot = read_live_snapshot(empty_database, tmp_path / "x.sql", reference_tables=["tiers"])
    assert not snapshot.path.exists()
    write_snapshot(snapshot)
    assert read_snapshot(snapshot.path) == snapshot


def test_pg_dump_shares_the_transaction_of_everything_else(empty_database: Database) -> None:
    run(empty_database, "CREATE TABLE before ()")
    with read_transaction(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        ((shared,),) = cursor.fetchall()
        run(empty_database, "CREATE TABLE afterwards ()")
        assert "before" in (text := dump_schema(empty_database, snapshot=shared))
        assert "afterwards" not in text


def test_a_table_that_was_dropped_meanwhile_has_no_size(empty_database: Database) -> None:
    run(empty_database, "CREATE TABLE dropped ()")
    with read_transaction(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT")
        run(empty_database, "DROP TABLE dropped")
        assert measure_provenance(connection, None).tables["public.dropped"].bytes == 0


def test_the_transaction_cannot_write(empty_database: Database) -> None:
    with (
        read_transaction(empty_database) as connection,
        connection.cursor() as cursor,
        pytest.raises(ReadOnlySqlTransaction),
    ):
        cursor.execute("CREATE TABLE t ()")


def test_the_roles_that_a_restore_needs_are_named_and_those_of_owners_and_grants_are_not(
    empty_database: Database, tmp_path: Path
) -> None:
    run(
        empty_database,
        """
        CREATE ROLE snap_reader; CREATE ROLE snap_owner; CREATE ROLE snap_granted;
        CREATE ROLE snap_mapped;
        CREATE TABLE t (id int); ALTER TABLE t OWNER TO snap_owner;
        GRANT SELECT ON t TO snap_granted;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO snap_granted;
        CREATE POLICY p ON t TO snap_reader; CREATE POLICY everyone ON t TO PUBLIC;
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR snap_mapped SERVER s; CREATE USER MAPPING FOR PUBLIC SERVER s;
        """,
    )
    snapshot = read_live_snapshot(empty_database, tmp_path / "x.sql")
    assert snapshot.provenance.roles == ("snap_mapped", "snap_reader")
    assert not [name for name in ("snap_owner", "snap_granted") if name in snapshot.sql]
    with scratch(empty_database.server, "restored") as other:
        restore(snapshot, other)


@pytest.mark.parametrize("limit", ["idle_in_transaction_session_timeout", "statement_timeout"])
def test_no_timeout_of_the_account_ends_a_snapshot(
    empty_database: Database, tmp_path: Path, limit: str
) -> None:
    run(empty_database, "CREATE TABLE t (id int)")
    run(empty_database, f"ALTER DATABASE {empty_database.name} SET {limit} = 100")
    assert "CREATE TABLE public.t" in read_live_snapshot(empty_database, tmp_path / "x.sql").sql
