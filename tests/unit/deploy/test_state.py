"""Where a database stands, for every row of the decision table."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.deploy.state import Look, State, pending, stand


def revision(id: str, *down: str, depends_on: tuple[str, ...] = ()) -> Revision:
    path = Path(f"{id}.py")
    return Revision(id, down, depends_on, "", path, 1, Downgrade.REAL, upgrades=True)


def history(*revisions: Revision) -> History:
    parents = {id for each in revisions for id in (*each.down, *each.depends_on)}
    heads = tuple(each.id for each in revisions if each.id not in parents)
    return History(revisions, heads, Path("versions"))


STRAIGHT = history(revision("a"), revision("b", "a"), revision("c", "b"))
FORKED = history(revision("a"), revision("b", "a"), revision("c", "a"), revision("d", "b", "c"))


@pytest.mark.parametrize(
    ("look", "state"),
    [
        (Look(exists=False), State.MISSING),
        (Look(), State.EMPTY),
        (Look(tables=("users",)), State.UNSTAMPED),
        (Look(revisions=("a",)), State.BEHIND),
        (Look(tables=("users",), revisions=("b",)), State.BEHIND),
        (Look(tables=("users",), revisions=("c",)), State.AT_HEAD),
        (Look(tables=("users",), revisions=("z",)), State.UNKNOWN),
        (Look(revisions=("z",)), State.UNKNOWN),
    ],
)
def test_a_database_stands_where_its_version_table_and_its_tables_say(
    look: Look, state: State
) -> None:
    assert stand(STRAIGHT, look).state is state


def test_unknown_revisions_are_named_without_the_known_ones() -> None:
    standing = stand(STRAIGHT, Look(revisions=("a", "y", "z")))
    assert standing.state is State.UNKNOWN
    assert standing.unknown == ("y", "z")


def test_both_branches_of_a_fork_are_behind_their_merge() -> None:
    assert stand(FORKED, Look(revisions=("b", "c"))).state is State.BEHIND
    assert stand(FORKED, Look(revisions=("d",))).state is State.AT_HEAD


def test_a_dependency_of_the_head_counts_as_applied() -> None:
    found = history(revision("a"), revision("x"), revision("b", "a", depends_on=("x",)))
    assert found.heads == ("b",)
    assert stand(found, Look(revisions=("b",))).state is State.AT_HEAD
    assert pending(found, ("a",)) == ("x", "b")


def test_pending_is_all_that_the_database_does_not_stand_on() -> None:
    assert pending(FORKED, ()) == ("a", "b", "c", "d")
    assert pending(FORKED, ("b",)) == ("c", "d")
    assert pending(FORKED, ("d",)) == ()
