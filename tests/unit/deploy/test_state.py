"""Where a database stands, for every row of the decision table."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.deploy.state import DatabaseState, Inspection, diagnose, revisions_to_head


def revision(id: str, *down: str, depends_on: tuple[str, ...] = ()) -> Revision:
    path = Path(f"{id}.py")
    return Revision(id, down, depends_on, "", path, 1, Downgrade.REAL, has_upgrade=True)


def history(*revisions: Revision) -> History:
    parents = {id for each in revisions for id in (*each.down, *each.depends_on)}
    heads = tuple(each.id for each in revisions if each.id not in parents)
    return History(revisions, heads, Path("versions"))


STRAIGHT = history(revision("a"), revision("b", "a"), revision("c", "b"))
FORKED = history(revision("a"), revision("b", "a"), revision("c", "a"), revision("d", "b", "c"))


@pytest.mark.parametrize(
    ("look", "state"),
    [
        (Inspection(exists=False), DatabaseState.MISSING),
        (Inspection(), DatabaseState.EMPTY),
        (Inspection(tables=("users",)), DatabaseState.UNSTAMPED),
        (Inspection(revisions=("a",)), DatabaseState.BEHIND),
        (Inspection(tables=("users",), revisions=("b",)), DatabaseState.BEHIND),
        (Inspection(tables=("users",), revisions=("c",)), DatabaseState.AT_HEAD),
        (Inspection(tables=("users",), revisions=("z",)), DatabaseState.UNKNOWN),
        (Inspection(revisions=("z",)), DatabaseState.UNKNOWN),
    ],
)
def test_the_state_follows_from_the_version_table_and_the_tables(
    look: Inspection, state: DatabaseState
) -> None:
    assert diagnose(STRAIGHT, look).state is state


def test_unknown_revisions_are_named_without_the_known_ones() -> None:
    standing = diagnose(STRAIGHT, Inspection(revisions=("a", "y", "z")))
    assert standing.state is DatabaseState.UNKNOWN
    assert standing.unknown_revisions == ("y", "z")


def test_both_branches_of_a_fork_are_behind_their_merge() -> None:
    assert diagnose(FORKED, Inspection(revisions=("b", "c"))).state is DatabaseState.BEHIND
    assert diagnose(FORKED, Inspection(revisions=("d",))).state is DatabaseState.AT_HEAD


def test_a_dependency_of_the_head_counts_as_applied() -> None:
    found = history(revision("a"), revision("x"), revision("b", "a", depends_on=("x",)))
    assert found.heads == ("b",)
    assert diagnose(found, Inspection(revisions=("b",))).state is DatabaseState.AT_HEAD
    assert revisions_to_head(found, ("a",)) == ("x", "b")


def test_every_revision_that_the_database_has_not_applied_is_pending() -> None:
    assert revisions_to_head(FORKED, ()) == ("a", "b", "c", "d")
    assert revisions_to_head(FORKED, ("b",)) == ("c", "d")
    assert revisions_to_head(FORKED, ("d",)) == ()
