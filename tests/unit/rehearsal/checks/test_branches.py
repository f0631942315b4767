"""Family B as pure functions: evidence made by hand in, findings out."""

from __future__ import annotations

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.rehearsal.checks.all_checks import find_check
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.judge import judge
from support.evidence import FOLDER, evidence, history, revision

FORKED = history(revision("r0"), revision("a1", "r0"), revision("b1", "r0"))
DEFAULT = Difference("column", "public.t.c", Change.CHANGED, "default", "'a'", "'b'")
MISSING = Failure(
    message='relation "u" does not exist',
    kind="ProgrammingError",
    path=FOLDER / "versions" / "b1.py",
    line=13,
    revision="b1",
    statement="ALTER TABLE u ADD n int",
    sqlstate="42P01",
)


def forked(*clashes: Clash, start: Start = Start.EMPTY) -> Fork:
    return Fork(start, ("a1", "b1"), order_count=2, clashes=clashes)


def findings(*forks: Fork, production: tuple[str, ...] | None = None) -> list[Finding]:
    check = find_check("B1")
    assert check is not None
    return list(check.judge(evidence(FORKED, ForkOrders(forks), production=production)))


def only(*forks: Fork, production: tuple[str, ...] | None = None) -> Finding:
    (found,) = findings(*forks, production=production)
    return found


def test_a_history_that_does_not_fork_is_judged_and_clean() -> None:
    assert findings() == []


def test_orders_that_end_alike_are_no_finding() -> None:
    assert findings(forked()) == []


def test_a_pair_is_reported_with_both_files_and_what_differs() -> None:
    found = only(forked(Clash("a1", "b1", (DEFAULT,))))
    assert found.what == (
        "from an empty database, with b1 (b1.py) before a1 (a1.py) instead of after it, the result "
        "is another schema: column public.t.c: default 'a' became 'b'."
    )
    assert (found.revision, found.path) == ("b1", FOLDER / "versions" / "b1.py")
    assert found.do == 'depends_on = "a1"   (in b1.py: always run after a1 then)'


def test_an_object_that_only_one_order_makes_is_not_called_left_behind() -> None:
    new = Difference("index", "public.i", Change.ADDED)
    gone = Difference("table", "public.u", Change.REMOVED)
    found = only(forked(Clash("a1", "b1", (new, gone))))
    assert "schema: index public.i is there as well; table public.u is missing." in found.what


def test_an_order_that_fails_points_to_the_line() -> None:
    found = only(forked(Clash("a1", "b1", failure=MISSING)))
    assert found.what.endswith(
        'upgrade of b1 fails: relation "u" does not exist (SQLSTATE 42P01)\n'
        "statement: ALTER TABLE u ADD n int"
    )
    assert (found.line, found.do.split("   ")[0]) == (13, 'depends_on = "a1"')


def test_a_pair_that_is_seen_from_both_starts_is_reported_once() -> None:
    clash = Clash("a1", "b1", (DEFAULT,))
    again = Clash("b1", "a1", (DEFAULT,))
    assert len(findings(forked(clash), forked(again, start=Start.SNAPSHOT))) == 1


def test_what_is_pending_depends_on_what_production_has_whatever_ran_first_here() -> None:
    found = only(forked(Clash("a1", "b1", (DEFAULT,))), production=("b1",))
    assert (found.revision, found.do.split("   ")[0]) == ("a1", 'depends_on = "b1"')


def test_what_fails_on_top_of_production_is_to_be_mended() -> None:
    found = only(forked(Clash("a1", "b1", failure=MISSING)), production=("b1",))
    assert (found.revision, found.do) == ("a1", "mend a1: production has b1 already")


def fails(known: Evidence) -> list[bool]:
    return [each.fails for each in judge(known)[0] if each.code == "B1"]


def test_only_a_pair_with_a_pending_revision_fails_the_run() -> None:
    orders = ForkOrders((forked(Clash("a1", "b1", (DEFAULT,))),))
    assert fails(evidence(FORKED, orders, production=("a1", "b1"))) == [False]
    assert fails(evidence(FORKED, orders, production=("a1",))) == [True]
    assert fails(evidence(FORKED, orders)) == [True]
