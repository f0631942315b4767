"""Which revisions a baseline can replace, and why others are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.core.values.errors import Refused, UsageError
from alembic_rehearsal.snapshot.values import Provenance, Snapshot
from alembic_rehearsal.squash.bounds import find_bounds
from alembic_rehearsal.squash.files import baseline_path
from alembic_rehearsal.squash.values import Bounds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def history(folder: Path, *written: str) -> History:
    """Revisions by lines such as "m4: b2 c3 +d5", parents first, then dependencies."""
    revisions = [_revision(folder, line) for line in written]
    parents = {id for each in revisions for id in each.down}
    heads = tuple(each.id for each in revisions if each.id not in parents)
    return History(tuple(revisions), heads, folder)


def _revision(folder: Path, line: str) -> Revision:
    id, _, rest = line.partition(":")
    path = folder / f"{id}.py"
    path.write_text("branch_labels = None\n")
    return Revision(
        id=id,
        down=tuple(each for each in rest.split() if each[0] != "+"),
        depends_on=tuple(each[1:] for each in rest.split() if each[0] == "+"),
        doc="",
        path=path,
        line=1,
        downgrade=Downgrade.REAL,
        has_upgrade=True,
    )


def snapshot(*revisions: str) -> Snapshot:
    provenance = Provenance(
        revisions, "18.1", "UTF8", "C", "UTC", {}, {}, "public.alembic_version", "", "", ""
    )
    return Snapshot(Path("production.sql"), "", provenance)


def ids(bounds: Bounds) -> tuple[str, str]:
    """The ids of the squashed revisions, and of those that descend from them."""
    return (
        " ".join(each.id for each in bounds.squashed),
        " ".join(each.id for each in bounds.later),
    )


FORKED = ("a1:", "b2: a1", "c3: a1", "m4: b2 c3", "d5: m4", "e6: m4")


def test_ancestors_are_squashed_and_descendants_stay(
    folder: Path,
) -> None:
    assert ids(find_bounds(history(folder, *FORKED), "m4", snapshot("d5"))) == (
        "a1 b2 c3 m4",
        "d5 e6",
    )


def test_the_beginning_of_an_id_is_enough_if_it_is_unique(folder: Path) -> None:
    known = history(folder, "abc1:", "abd2: abc1")
    assert find_bounds(known, "abd", snapshot("abd2")).to.id == "abd2"
    with pytest.raises(UsageError, match="2 revisions begin with 'ab': abc1, abd2"):
        find_bounds(known, "ab", snapshot("abd2"))


@pytest.mark.parametrize("text", ["", "zz", "models"])
def test_a_text_that_names_no_revision_is_a_usage_error(folder: Path, text: str) -> None:
    with pytest.raises(UsageError, match="no revision of this history"):
        find_bounds(history(folder, *FORKED), text, snapshot("m4"))


def test_production_must_have_applied_it(folder: Path) -> None:
    with pytest.raises(Refused, match="has not applied d5: it lacks d5") as refused:
        find_bounds(history(folder, *FORKED), "d5", snapshot("m4"))
    assert refused.value.remedies[0].startswith("rehearsal squash --to m4 ")


def test_production_must_have_applied_every_branch_that_leads_to_it(folder: Path) -> None:
    with pytest.raises(Refused, match="lacks c3, m4"):
        find_bounds(history(folder, *FORKED), "m4", snapshot("b2"))


def test_a_branch_from_an_older_revision_is_named_with_the_revision_that_joins_it(
    folder: Path,
) -> None:
    with pytest.raises(Refused, match=r"c3, .* c3 \(c3.py\) starts from a1, older") as refused:
        find_bounds(history(folder, *FORKED, "f7: c3", "g8: f7 d5 e6"), "b2", snapshot("g8"))
    assert refused.value.remedies == ("rehearsal squash --to g8   (which joins them)",)


def test_a_branch_that_nothing_joins_is_to_be_merged(folder: Path) -> None:
    with pytest.raises(Refused, match="would lose an ancestor") as refused:
        find_bounds(history(folder, "a1:", "b2: a1", "c3: a1"), "b2", snapshot("b2", "c3"))
    assert "alembic merge" in refused.value.remedies[0]


def test_another_tree_is_not_changed(folder: Path) -> None:
    known = history(folder, "a1:", "b2: a1", "x1:", "x2: x1")
    assert ids(find_bounds(known, "b2", snapshot("b2", "x1"))) == ("a1 b2", "")


def test_a_later_revision_must_not_depend_on_a_squashed_one(folder: Path) -> None:
    known = history(folder, "a1:", "b2: a1", "c3: b2 +a1")
    with pytest.raises(Refused, match=r"c3 .* names a1, which b2 would replace"):
        find_bounds(known, "b2", snapshot("c3"))


def test_its_dependencies_are_squashed_too(folder: Path) -> None:
    known = history(folder, "x1:", "a1:", "b2: a1 +x1", "c3: b2")
    assert ids(find_bounds(known, "b2", snapshot("c3"))) == ("x1 a1 b2", "c3")


def test_a_stamp_must_not_name_a_squashed_revision(
    folder: Path,
) -> None:
    known = history(folder, "x1:", "a1:", "b2: a1 +x1", "c3: b2")
    with pytest.raises(Refused, match="version table names x1"):
        find_bounds(known, "b2", snapshot("b2", "x1"))


def test_revisions_that_change_roles_are_refused(folder: Path) -> None:
    known = history(folder, "a1:", "b2: a1")
    shared = replace(known.revisions[0], cluster_wide=True)
    known = replace(known, revisions=(shared, known.revisions[1]))
    with pytest.raises(Refused, match="a1 change roles"):
        find_bounds(known, "b2", snapshot("b2"))


def test_for_the_first_revision_there_is_nothing_to_squash(folder: Path) -> None:
    assert find_bounds(history(folder, *FORKED), "a1", snapshot("m4")).is_trivial


def test_labels_are_those_that_squashed_files_declare_themselves(folder: Path) -> None:
    known = history(folder, "a1:", "b2: a1", "c3: b2")
    (folder / "a1.py").write_text('branch_labels: tuple[str, ...] | None = ("shop", "web")\n')
    (folder / "b2.py").write_text('branch_labels = "shop"\n')
    (folder / "c3.py").write_text('branch_labels = ["later"]\n')
    assert find_bounds(known, "b2", snapshot("c3")).labels == ("shop", "web")


def test_a_file_that_cannot_be_read_here_is_named(folder: Path) -> None:
    known = history(folder, "a1:", "b2: a1")
    (folder / "a1.py").write_text("from future import = 1\n")
    with pytest.raises(Refused, match=r"a1\.py:1 needs a newer Python"):
        find_bounds(known, "b2", snapshot("b2"))


@pytest.mark.parametrize(
    ("name", "baseline"),
    [
        ("2026_01_02-b2_orders.py", "2026_01_02-b2_baseline.py"),
        ("b2_.py", "b2_baseline.py"),
        ("0002_orders.py", "b2_baseline.py"),
    ],
)
def test_a_baseline_has_a_name_like_the_revision_whose_id_it_keeps(
    folder: Path, name: str, baseline: str
) -> None:
    bounds = find_bounds(history(folder, "a1:", "b2: a1"), "b2", snapshot("b2"))
    bounds = replace(bounds, to=replace(bounds.to, path=folder / name))
    assert baseline_path(bounds) == folder / baseline
