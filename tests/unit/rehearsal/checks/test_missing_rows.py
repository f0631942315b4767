"""U2 where rows are missing in the snapshot, as a pure function."""

from __future__ import annotations

from dataclasses import replace

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.rehearsal.checks.all_checks import find_check
from alembic_rehearsal.rehearsal.facts.evidence import LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromSnapshot
from support.evidence import evidence, history, revision, snapshot, walked

LINE = history(revision("a1"), revision("b2", "a1"))
NO_ROW = Failure("No row was found when one was required", "NoResultFound", revision="b2")
FAILED = UpgradeFromSnapshot(walked("a1", failure=NO_ROW))


def u2(missing: MissingRows, *, declared: tuple[str, ...] = ()) -> Finding:
    taken = snapshot("a1")
    taken = replace(taken, provenance=replace(taken.provenance, reference_tables=declared))
    known = evidence(LINE, FAILED, missing, production=("a1",))
    known = replace(known, facts={**known.facts, LoadedSnapshot: LoadedSnapshot(taken)})
    check = find_check("U2")
    assert check is not None
    (found,) = check.judge(known)
    return found


def test_the_snapshot_is_to_be_taken_again_and_the_migration_is_not_blamed() -> None:
    found = u2(MissingRows("b2", ("public.tiers",), ("a1",)))
    assert found.what == (
        "b2 fails on the snapshot because the rows that a1 wrote to public.tiers are missing "
        "there; with them it works.\nwithout: No row was found when one was required"
    )
    assert found.path == snapshot().path
    assert found.why.startswith("a snapshot has only the schema")


def test_tables_that_are_declared_already_stay_declared() -> None:
    found = u2(MissingRows("b2", ("public.tiers",), ("a1",)), declared=("public.plans",))
    assert found.do.startswith('reference_tables = ["public.plans", "public.tiers"]   (')


def test_where_no_rows_were_missing_the_migration_is_to_be_mended() -> None:
    found = u2(MissingRows())
    assert found.what.startswith("on production's schema upgrade of b2 fails: No row")
    assert found.why == ""
