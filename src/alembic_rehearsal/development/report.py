"""Report."""

from __future__ import annotations

from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.development.values import MigrationResult


def migration_text(outcome: MigrationResult, variable: str) -> str:
    """The end of `migrate`: one line of what was done, and the line to export.

    The password of a server that is not ours is not printed.
    """
    count = len(outcome.steps)
    done = f"{quantity(count, 'revision')} applied" if count else "nothing pending"
    database = outcome.database
    export = f"export {variable}='{database.url()}'"
    if not database.server.ours:
        export = f"rehearsal env   (writes {variable} to .env: {database.masked})"
    return (
        f"{outcome.start}, {done}, head {', '.join(outcome.heads)}, {outcome.tables} tables, "
        f"{outcome.seconds:.1f} s\n"
        f"{export}\n"
    )
