"""What brings a database to head, decided without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.errors import Refused
from alembic_rehearsal.plans import Action, Terms, way_to_head
from alembic_rehearsal.standing import Look, Standing, State

CREATE, RESTORE, UPGRADE = Action.CREATE, Action.RESTORE, Action.UPGRADE
SNAPSHOT = Path("snapshots/production.sql")
GIVEN = {"may_create": False, "may_restore": False}  # what `rehearsal migrate` may not


def way(state: State, **terms: object) -> tuple[Action, ...]:
    return way_to_head(Standing(state), Terms(**terms), where="postgresql://db/shop")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "terms", "actions"),
    [
        (State.AT_HEAD, {}, ()),
        (State.BEHIND, {}, (UPGRADE,)),
        (State.EMPTY, {}, (UPGRADE,)),
        (State.MISSING, {}, (CREATE, UPGRADE)),
        (State.EMPTY, {"snapshot": SNAPSHOT}, (UPGRADE,)),
        (State.EMPTY, {"snapshot": SNAPSHOT, "from_snapshot": True}, (RESTORE, UPGRADE)),
        (State.EMPTY, {"snapshot": SNAPSHOT, "replayable": False}, (RESTORE, UPGRADE)),
        (State.MISSING, {"snapshot": SNAPSHOT, "replayable": False}, (CREATE, RESTORE, UPGRADE)),
        (State.BEHIND, {"snapshot": SNAPSHOT, "from_snapshot": True}, (UPGRADE,)),
        (State.AT_HEAD, {"replayable": False}, ()),
        (State.EMPTY, GIVEN, (UPGRADE,)),
        (State.BEHIND, {**GIVEN, "replayable": False}, (UPGRADE,)),
    ],
)
def test_the_way_to_head(
    state: State, terms: dict[str, object], actions: tuple[Action, ...]
) -> None:
    assert way(state, **terms) == actions


def test_no_action_drops_anything() -> None:
    assert {*Action} == {CREATE, RESTORE, UPGRADE}


@pytest.mark.parametrize(
    ("state", "terms", "what", "way_out"),
    [
        (State.EMPTY, {"from_snapshot": True}, "no snapshot is configured", "snapshot take"),
        (State.EMPTY, {"replayable": False}, "no snapshot is configured", "snapshot take"),
        (State.MISSING, GIVEN, "does not exist", "rehearsal-init"),
        (
            State.EMPTY,
            {**GIVEN, "replayable": False, "snapshot": SNAPSHOT},
            "this command restores nothing",
            "rehearsal-init --from-snapshot",
        ),
    ],
)
def test_what_may_not_be_done_is_refused_with_a_way_out(
    state: State, terms: dict[str, object], what: str, way_out: str
) -> None:
    with pytest.raises(Refused, match=what) as refused:
        way(state, **terms)
    assert "postgresql://db/shop" in refused.value.what
    assert way_out in refused.value.ways_out[0]


@pytest.mark.parametrize("terms", [{}, GIVEN, {"snapshot": SNAPSHOT, "from_snapshot": True}])
def test_tables_without_a_revision_are_left_to_a_person(terms: dict[str, object]) -> None:
    look = Look(tables=("a", "b", "c", "d", "e"))
    with pytest.raises(
        Refused, match=r"5 tables \(a, b, c, d, \.\.\.\) and no revision"
    ) as refused:
        way_to_head(Standing(State.UNSTAMPED, look), Terms(**terms), where="")  # type: ignore[arg-type]
    assert "alembic stamp" in refused.value.ways_out[0]


def test_an_unknown_revision_is_named() -> None:
    standing = Standing(State.UNKNOWN, Look(revisions=("z",)), unknown=("z",))
    with pytest.raises(Refused, match="is at z, which the history does not contain"):
        way_to_head(standing, Terms(), where="")
