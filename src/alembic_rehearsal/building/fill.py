"""Filling an empty database of ours with the start of a history: bootstrap or snapshot.

`start.py` decides which of them; the callers run the migrations.
"""

from __future__ import annotations

from alembic_rehearsal.building.bootstrap import run_bootstrap
from alembic_rehearsal.building.start import Bootstrap, FromSnapshot, HistoryStart
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.snapshot.restore import restore


def fill_database(database: Database, start: HistoryStart, project: Project) -> None:
    """Run the bootstrap or restore the snapshot; raises what those two raise."""
    if isinstance(start, Bootstrap):
        run_bootstrap(start.source, project, database)
    elif isinstance(start, FromSnapshot):
        restore(start.snapshot, database, make_roles=database.server.ours)
