"""The `rehearsal` command: parses arguments, calls the library, prints, and exits.

Each other module of this folder has the commands of one subject.  A command imports the library
only when it runs, so that `rehearsal --help` is quick.
"""

from __future__ import annotations

from alembic_rehearsal.cli import (
    development,
    drift,
    identify,
    lock,
    run,
    schema,
    servers,
    snapshot,
    squash,
)
from alembic_rehearsal.cli.options import app, tell
from alembic_rehearsal.core.values.errors import RehearsalError, SystemCallFailed

# Importing a module of commands adds them to the application.
COMMANDS = (run, development, snapshot, schema, drift, identify, squash, lock, servers)


def main() -> None:
    """Run the command line; every error becomes its text and its exit code here."""
    from alembic_rehearsal.core.values.error_text import error_text

    try:
        app()
    except RehearsalError as error:
        tell(error_text(error))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        refused = SystemCallFailed.from_os_error(error)
        tell(error_text(refused))
        raise SystemExit(refused.exit_code) from None
    except KeyboardInterrupt:
        tell("rehearsal: interrupted")
        raise SystemExit(130) from None
