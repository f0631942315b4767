"""The complete text of pg_dump, with the owners and grants that a snapshot leaves out."""

from __future__ import annotations

import os
import subprocess

from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.snapshot.dump_text import normalise


def dump_everything(database: Database) -> str:
    server = database.server
    program = find_client_program("pg_dump", at_least=server.major)
    done = subprocess.run(
        [
            program,
            "--schema-only",
            f"--host={server.host}",
            f"--port={server.port}",
            f"--username={server.user}",
            database.name,
        ],
        env={**os.environ, "PGPASSWORD": server.password},
        capture_output=True,
        text=True,
        check=True,
    )
    return normalise(done.stdout)


def restore(dump: str, database: Database) -> None:
    server = database.server
    subprocess.run(
        [
            find_client_program("psql", at_least=server.major),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            f"--host={server.host}",
            f"--port={server.port}",
            f"--username={server.user}",
            database.name,
        ],
        env={**os.environ, "PGPASSWORD": server.password},
        input=dump,
        capture_output=True,
        text=True,
        check=True,
    )
