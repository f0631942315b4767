"""What brings a database to head, decided without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.schema.object_hashes import Fault, Mismatch
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.deploy.plan import Action, DeployOptions, choose_actions
from alembic_rehearsal.deploy.state import DatabaseState, Diagnosis, Inspection, SchemaCheck
from alembic_rehearsal.identify.match import SchemaMatch, StampMatch

CREATE, RESTORE, UPGRADE = Action.CREATE, Action.RESTORE, Action.UPGRADE
SNAPSHOT = Path("snapshots/production.sql")
GIVEN = {"may_create": False, "may_restore": False}  # what `rehearsal migrate` may not


def way(state: DatabaseState, **terms: object) -> tuple[Action, ...]:
    return choose_actions(Diagnosis(state), DeployOptions(**terms), where="postgresql://db/shop")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "terms", "actions"),
    [
        (DatabaseState.AT_HEAD, {}, ()),
        (DatabaseState.BEHIND, {}, (UPGRADE,)),
        (DatabaseState.EMPTY, {}, (UPGRADE,)),
        (DatabaseState.MISSING, {}, (CREATE, UPGRADE)),
        (DatabaseState.EMPTY, {"snapshot": SNAPSHOT}, (UPGRADE,)),
        (DatabaseState.EMPTY, {"snapshot": SNAPSHOT, "from_snapshot": True}, (RESTORE, UPGRADE)),
        (DatabaseState.EMPTY, {"snapshot": SNAPSHOT, "replayable": False}, (RESTORE, UPGRADE)),
        (
            DatabaseState.MISSING,
            {"snapshot": SNAPSHOT, "replayable": False},
            (CREATE, RESTORE, UPGRADE),
        ),
        (DatabaseState.BEHIND, {"snapshot": SNAPSHOT, "from_snapshot": True}, (UPGRADE,)),
        (DatabaseState.AT_HEAD, {"replayable": False}, ()),
        (DatabaseState.EMPTY, GIVEN, (UPGRADE,)),
        (DatabaseState.BEHIND, {**GIVEN, "replayable": False}, (UPGRADE,)),
    ],
)
def test_the_way_to_head(
    state: DatabaseState, terms: dict[str, object], actions: tuple[Action, ...]
) -> None:
    assert way(state, **terms) == actions


def test_no_action_drops_anything() -> None:
    assert {*Action} == {CREATE, RESTORE, Action.STAMP, UPGRADE, Action.SEED}


@pytest.mark.parametrize(
    ("state", "terms", "what", "remedy"),
    [
        (
            DatabaseState.EMPTY,
            {"from_snapshot": True},
            "no snapshot is configured",
            "snapshot take",
        ),
        (DatabaseState.EMPTY, {"replayable": False}, "no snapshot is configured", "snapshot take"),
        (DatabaseState.MISSING, GIVEN, "does not exist", "rehearsal-init"),
        (
            DatabaseState.EMPTY,
            {**GIVEN, "replayable": False, "snapshot": SNAPSHOT},
            "this command restores nothing",
            "rehearsal-init --from-snapshot",
        ),
    ],
)
def test_what_may_not_be_done_is_refused_with_a_remedy(
    state: DatabaseState, terms: dict[str, object], what: str, remedy: str
) -> None:
    with pytest.raises(Refused, match=what) as refused:
        way(state, **terms)
    assert "postgresql://db/shop" in refused.value.what
    assert remedy in refused.value.remedies[0]


@pytest.mark.parametrize("terms", [{}, GIVEN, {"snapshot": SNAPSHOT, "from_snapshot": True}])
def test_tables_without_a_revision_are_left_to_a_person(terms: dict[str, object]) -> None:
    look = Inspection(tables=("a", "b", "c", "d", "e", "f"))
    standing = Diagnosis(
        DatabaseState.UNSTAMPED,
        look,
        schema_check=SchemaCheck(why_not_compared="there is no history.lock."),
    )
    with pytest.raises(
        Refused, match=r"6 tables \(a, b, c, d, e \.\.\. and 1 more\) and no revision"
    ) as refused:
        choose_actions(standing, DeployOptions(**terms), where="")  # type: ignore[arg-type]
    assert refused.value.why == "there is no history.lock."
    assert "rehearsal identify" in refused.value.remedies[0]


INDEX = Mismatch(Key("index", "public.by_hand"), Fault.EXTRA)


@pytest.mark.parametrize("state", [DatabaseState.BEHIND, DatabaseState.AT_HEAD])
def test_a_schema_that_is_not_its_stamps_is_refused_with_the_objects(state: DatabaseState) -> None:
    standing = Diagnosis(state, Inspection(revisions=("a1",)), schema_check=SchemaCheck((INDEX,)))
    with pytest.raises(Refused, match="stamped with a1, and its schema is not the one") as refused:
        choose_actions(standing, DeployOptions(), where="")
    assert "index public.by_hand is unexpected" in refused.value.why
    assert any("drift --against URL --fix" in each for each in refused.value.remedies)


def test_allowed_drift_does_not_stop_the_upgrade() -> None:
    standing = Diagnosis(
        DatabaseState.BEHIND, Inspection(revisions=("a1",)), schema_check=SchemaCheck((INDEX,))
    )
    assert choose_actions(standing, DeployOptions(allow_drift=True), where="") == (UPGRADE,)


def unstamped(*stamps: str, choice: str = "") -> Diagnosis:
    alike = tuple(StampMatch((each,), False, 0) for each in stamps)
    nearest = StampMatch(("a1",), False, 1)
    schema = SchemaCheck(
        match=SchemaMatch(alike, nearest, () if alike else (INDEX,)),
        stamp_choice=(choice,) if choice else None,
    )
    return Diagnosis(DatabaseState.UNSTAMPED, Inspection(tables=("orders",)), schema_check=schema)


def test_an_unstamped_database_is_adopted_at_the_revision_whose_schema_it_has() -> None:
    standing = unstamped("a1", choice="a1")
    assert choose_actions(standing, DeployOptions(adopt=()), where="") == (Action.STAMP, UPGRADE)
    assert choose_actions(standing, DeployOptions(adopt=("a1",)), where="") == (
        Action.STAMP,
        UPGRADE,
    )


@pytest.mark.parametrize(
    ("standing", "adopt", "why", "remedy"),
    [
        (unstamped("a1", choice="a1"), None, "its schema is that of a1.", "--adopt "),
        (unstamped("a1", choice="a1"), ("b2",), "--adopt says b2", "--adopt a1"),
        (unstamped("a1", "b2"), (), "only you can know", "--adopt a1"),
        (unstamped(), (), "its schema is that of no revision. The nearest is a1", "identify"),
    ],
)
def test_what_cannot_be_adopted_is_refused_with_a_remedy(
    standing: Diagnosis, adopt: tuple[str, ...] | None, why: str, remedy: str
) -> None:
    with pytest.raises(Refused, match=r"1 table .orders. and no revision") as refused:
        choose_actions(standing, DeployOptions(adopt=adopt), where="")
    assert why in refused.value.why
    assert remedy in refused.value.remedies[0]


def test_an_unknown_revision_is_named() -> None:
    standing = Diagnosis(
        DatabaseState.UNKNOWN, Inspection(revisions=("z",)), unknown_revisions=("z",)
    )
    with pytest.raises(Refused, match="is at z, which the history does not contain"):
        choose_actions(standing, DeployOptions(), where="")
