"""An empty database of ours gets what a history begins with.

What that is was decided before, in `start.py`; the migrations are run by the callers.
"""

from __future__ import annotations

from alembic_rehearsal.building.bootstrap import run_bootstrap
from alembic_rehearsal.building.start import Bootstrap, FromSnapshot, HistoryStart
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.snapshot.restore import restore


def fill_database(database: Database, start: HistoryStart, project: Project) -> None:
    """Put there what a history begins with; raises what `run_bootstrap` and `restore` raise."""
    if isinstance(start, Bootstrap):
        run_bootstrap(start.source, project, database)
    elif isinstance(start, FromSnapshot):
        restore(start.snapshot, database, make_roles=database.server.ours)
