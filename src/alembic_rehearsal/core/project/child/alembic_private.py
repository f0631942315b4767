"""Alembic's private names: this is the only module that uses them.

It is tested with the oldest and the newest supported Alembic.
"""

from __future__ import annotations

import os
from typing import Any


def load_scripts(script: Any) -> list[Any]:
    """The scripts of all revision files, loaded once; the revision map uses the same objects."""
    scripts = list(script._load_revisions())
    script.revision_map._generator = lambda: scripts
    return scripts


def versions_folders(script: Any) -> list[str]:
    return [os.path.realpath(str(each)) for each in script._version_locations]


def resolved_dependencies(revision: Any) -> list[str]:
    """The revision ids in `depends_on`, which may also name branch labels."""
    return list(revision._resolved_dependencies or ())


def make_version_table(context: Any) -> None:
    context._ensure_version_table()


def clear_memo(context: Any) -> None:
    """Clear Alembic's list of created enum types, as if a separate command followed."""
    context.impl.memo.clear()


def pending_revisions(script: Any, heads: tuple[str, ...], destination: str) -> list[str]:
    """What `alembic upgrade DESTINATION` would run on a database at `heads`, in its order."""
    found = script.iterate_revisions(destination, heads, implicit_base=True)
    return [each.revision for each in reversed(list(found))]


def target_revisions(script: Any, target: str) -> list[Any]:
    """The revisions that a database is at after `alembic upgrade TARGET`.

    Raises Alembic's `CommandError` when there is no such target.
    """
    return list(script.get_revisions(target))


def migration_step(script: Any, revision: str, *, is_upgrade: bool) -> Any:
    from alembic.runtime.migration import MigrationStep

    make = MigrationStep.upgrade_from_script if is_upgrade else MigrationStep.downgrade_from_script
    return make(script.revision_map, script.get_revision(revision))


def per_migration_transaction(context: Any) -> Any:
    """The block in which Alembic runs one migration, with `transaction_per_migration`."""
    return context.begin_transaction(_per_migration=True)
