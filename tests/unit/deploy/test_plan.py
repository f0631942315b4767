"""What brings a database to head, decided without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.schema.object_hashes import Fault, Mismatch
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.deploy.plan import Action, DeployOptions, way_to_head
from alembic_rehearsal.deploy.state import Look, Schema, Standing, State
from alembic_rehearsal.identify.match import Identified, Likeness

CREATE, RESTORE, UPGRADE = Action.CREATE, Action.RESTORE, Action.UPGRADE
SNAPSHOT = Path("snapshots/production.sql")
GIVEN = {"may_create": False, "may_restore": False}  # what `rehearsal migrate` may not


def way(state: State, **terms: object) -> tuple[Action, ...]:
    return way_to_head(Standing(state), DeployOptions(**terms), where="postgresql://db/shop")  # type: ignore[arg-type]


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
    assert {*Action} == {CREATE, RESTORE, Action.STAMP, UPGRADE, Action.SEED}


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
    assert way_out in refused.value.remedies[0]


@pytest.mark.parametrize("terms", [{}, GIVEN, {"snapshot": SNAPSHOT, "from_snapshot": True}])
def test_tables_without_a_revision_are_left_to_a_person(terms: dict[str, object]) -> None:
    look = Look(tables=("a", "b", "c", "d", "e", "f"))
    standing = Standing(State.UNSTAMPED, look, schema=Schema(why_not="there is no history.lock."))
    with pytest.raises(
        Refused, match=r"6 tables \(a, b, c, d, e \.\.\. and 1 more\) and no revision"
    ) as refused:
        way_to_head(standing, DeployOptions(**terms), where="")  # type: ignore[arg-type]
    assert refused.value.why == "there is no history.lock."
    assert "rehearsal identify" in refused.value.remedies[0]


INDEX = Mismatch(Key("index", "public.by_hand"), Fault.EXTRA)


@pytest.mark.parametrize("state", [State.BEHIND, State.AT_HEAD])
def test_a_schema_that_is_not_its_stamps_is_refused_with_the_objects(state: State) -> None:
    standing = Standing(state, Look(revisions=("a1",)), schema=Schema((INDEX,)))
    with pytest.raises(Refused, match="stamped with a1, and its schema is not what that") as told:
        way_to_head(standing, DeployOptions(), where="")
    assert "index public.by_hand is not the history's" in told.value.why
    assert any("drift --against URL --fix" in each for each in told.value.remedies)


def test_drift_that_is_allowed_is_gone_past() -> None:
    standing = Standing(State.BEHIND, Look(revisions=("a1",)), schema=Schema((INDEX,)))
    assert way_to_head(standing, DeployOptions(allow_drift=True), where="") == (UPGRADE,)


def unstamped(*stamps: str, choice: str = "") -> Standing:
    alike = tuple(Likeness((each,), False, 0) for each in stamps)
    nearest = Likeness(("a1",), False, 1)
    schema = Schema(
        identified=Identified(alike, nearest, () if alike else (INDEX,)),
        choice=(choice,) if choice else None,
    )
    return Standing(State.UNSTAMPED, Look(tables=("orders",)), schema=schema)


def test_an_unstamped_database_is_adopted_at_the_revision_whose_schema_it_has() -> None:
    standing = unstamped("a1", choice="a1")
    assert way_to_head(standing, DeployOptions(adopt=()), where="") == (Action.STAMP, UPGRADE)
    assert way_to_head(standing, DeployOptions(adopt=("a1",)), where="") == (Action.STAMP, UPGRADE)


@pytest.mark.parametrize(
    ("standing", "adopt", "why", "way_out"),
    [
        (unstamped("a1", choice="a1"), None, "its schema is that of a1.", "--adopt "),
        (unstamped("a1", choice="a1"), ("b2",), "--adopt says b2", "--adopt a1"),
        (unstamped("a1", "b2"), (), "only you can know", "--adopt a1"),
        (unstamped(), (), "its schema is that of no revision. The nearest is a1", "identify"),
    ],
)
def test_what_cannot_be_adopted_is_told(
    standing: Standing, adopt: tuple[str, ...] | None, why: str, way_out: str
) -> None:
    with pytest.raises(Refused, match=r"1 table .orders. and no revision") as told:
        way_to_head(standing, DeployOptions(adopt=adopt), where="")
    assert why in told.value.why
    assert way_out in told.value.remedies[0]


def test_an_unknown_revision_is_named() -> None:
    standing = Standing(State.UNKNOWN, Look(revisions=("z",)), unknown=("z",))
    with pytest.raises(Refused, match="is at z, which the history does not contain"):
        way_to_head(standing, DeployOptions(), where="")
