"""The result of `make migrate` as text."""

from __future__ import annotations

from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.development.values import MigrationResult


def migration_text(result: MigrationResult, variable: str) -> str:
    """One line with what was done, and a shell line that exports the URL as `variable`.

    The password of a server that is not ours is not printed.
    """
    count = len(result.steps)
    done = f"{quantity(count, 'revision')} applied" if count else "nothing pending"
    database = result.database
    export = f"export {variable}='{database.url()}'"
    if not database.server.ours:
        export = f"rehearsal env   (writes {variable} to .env: {database.masked})"
    return (
        f"{result.start}, {done}, head {', '.join(result.heads)}, {result.tables} tables, "
        f"{result.seconds:.1f} s\n"
        f"{export}\n"
    )
