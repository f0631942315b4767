"""Experiment: compare the migrated schema with what history.lock records for head."""

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
    """Compare each schema at head with the objects that the lock file records there.

    Raises `Skip` where the lock file is of another history or another PostgreSQL major, or no
    upgrade got to head.
    """
    compared = evidence.fact(LockComparison)
    if any(each.kind is not EditKind.DOWNGRADE for each in compared.edits):
        raise Skip("the lock file is out of date")
    lock = read_lock(compared.path)
    assert lock is not None, f"{compared.path} is gone"
    mismatch_texts = []
    for start, run, expected in _expected_at_head(context, evidence, lock):
        database = run.database
        if database.server.major != lock.major:
            raise Skip(
                f"the lock file was written on PostgreSQL {lock.major}, and this is "
                f"{database.server.major}"
            )
        found = _mismatch_texts(context, run, expected)
        mismatch_texts += [f"from {start}: {each}" for each in found]
    return LockSchemaComparison(compared.path, tuple(mismatch_texts))


def _expected_at_head(
    context: Context, evidence: Evidence, lock: HistoryLock
) -> Iterator[tuple[Start, UpgradeRun, ExpectedSchema]]:
    """Each upgrade that got to head, with the schema that the lock file records for it."""
    for start, upgrade in context.upgrades_at_head(evidence).items():
        expected = lock.expected_in_production(lock.heads) if start is Start.SNAPSHOT else None
        expected = expected or lock.expected(lock.heads)
        if expected is not None:
            yield start, upgrade, expected


def _mismatch_texts(context: Context, run: UpgradeRun, expected: ExpectedSchema) -> tuple[str, ...]:
    picture = read_without_version_table(
        run.database,
        context.final_schema(run.database),
        version_table=run.version_table,
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
