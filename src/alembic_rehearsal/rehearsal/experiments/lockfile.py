"""The migrated schema beside the lock file: whether the file still says what is made."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.schema.object_hashes import (
    ExpectedSchema,
    find_mismatches,
    hash_objects,
)
from alembic_rehearsal.core.schema.read import read_without_version_table
from alembic_rehearsal.lockfile.edits import EditKind
from alembic_rehearsal.lockfile.files import read_lock
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.lockfile import LockComparison, LockSchemaComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromEmpty, UpgradeFromSnapshot
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip


def compare_schema_with_lock(context: Context, evidence: Evidence) -> LockSchemaComparison:
    """Hold what the upgrades ended in to the contents that the lock file has at head."""
    compared = evidence.fact(LockComparison)
    if any(each.kind is not EditKind.DOWNGRADE for each in compared.edits):
        raise Skip("the lock file is not that of this history")
    lock = read_lock(compared.path)
    assert lock is not None, f"{compared.path} is gone"
    differing = []
    for start, walked, expected in _expected_at_head(context, evidence, lock):
        database = walked.database
        if database.server.major != lock.major:
            raise Skip(
                f"the lock file was written on PostgreSQL {lock.major}, and this is "
                f"{database.server.major}"
            )
        found = _mismatch_texts(context, walked, expected)
        differing += [f"from {start}: {each}" for each in found]
    return LockSchemaComparison(compared.path, tuple(differing))


def _expected_at_head(
    context: Context, evidence: Evidence, lock: HistoryLock
) -> Iterator[tuple[Start, UpgradeRun, ExpectedSchema]]:
    """Each upgrade that has got to head, and what the lock file has there."""
    ways = [each for each in evidence.upgrades.items() if context.is_at_head(each[1])]
    if not ways:
        raise Skip("no upgrade got to head")
    for start, walked in ways:
        expected = lock.expected_in_production(lock.heads) if start is Start.SNAPSHOT else None
        expected = expected or lock.expected(lock.heads)
        if expected is not None:
            yield start, walked, expected


def _mismatch_texts(
    context: Context, walked: UpgradeRun, expected: ExpectedSchema
) -> tuple[str, ...]:
    picture = read_without_version_table(
        walked.database,
        context.final_schema(walked.database),
        version_table=walked.version_table,
    )
    objects = hash_objects(picture)
    return tuple(each.text for each in find_mismatches(expected, objects, picture.unread))


LOCK_SCHEMA_COMPARISON = Experiment(
    "compare with history.lock",
    LockSchemaComparison,
    (LockComparison,),
    compare_schema_with_lock,
    after=(UpgradeFromEmpty, UpgradeFromSnapshot),
)
