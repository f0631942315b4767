"""The `rehearsal` command: arguments in, a story told, text and an exit code out.

Each module holds the commands of one subject; they import their stories when they are
run, so that `rehearsal --help` is quick.
"""

from __future__ import annotations

from alembic_rehearsal.cli import development as developing
from alembic_rehearsal.cli import drift, servers
from alembic_rehearsal.cli import identify as identifying
from alembic_rehearsal.cli import lock as locking
from alembic_rehearsal.cli import run as rehearsing
from alembic_rehearsal.cli import schema as schemas
from alembic_rehearsal.cli import snapshot as snapshots
from alembic_rehearsal.cli import squash as squashing
from alembic_rehearsal.cli.options import app, tell
from alembic_rehearsal.core.values.errors import RehearsalError, SystemRefused

__all__ = [
    "developing",
    "drift",
    "identifying",
    "locking",
    "main",
    "rehearsing",
    "schemas",
    "servers",
    "snapshots",
    "squashing",
]


def main() -> None:
    """Run the command line; every error becomes its text and its exit code here."""
    from alembic_rehearsal.core.values.error_text import error_text

    try:
        app()
    except RehearsalError as error:
        tell(error_text(error))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        refused = SystemRefused.because(error)
        tell(error_text(refused))
        raise SystemExit(refused.exit_code) from None
    except KeyboardInterrupt:
        tell("rehearsal: interrupted")
        raise SystemExit(130) from None
