"""Which revision a database is at: the running count against schemas built as a whole."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_rehearsal.core.schema.object_hashes import ExpectedSchema, ObjectHashes
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.identify.match import StampMatch, choose_stamp, match_schema
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState

KEYS = tuple(
    Key(kind, f"public.{name}") for kind in ("table", "trigger", "index") for name in "abc"
)
CONTENTS = ("", "1", "2", "3")  # few: objects whose names Postgres generated share a content
IDS = "pqrstuvw"


# --- compared with the simple way --------------------------------------------------------


def simple_matches(
    lock: HistoryLock, objects: ObjectHashes, unread: Collection[str]
) -> list[StampMatch]:
    """The match with every stamp, each schema built as a whole."""
    return [
        StampMatch(stamp, of_production, *distance(expected, objects, unread))
        for stamp in lock.stamps()
        for of_production in (False, True)
        if (expected := (lock.expected, lock.expected_in_production)[of_production](stamp))
        is not None
    ]


def distance(
    expected: ExpectedSchema, objects: ObjectHashes, unread: Collection[str]
) -> tuple[int, frozenset[Key]]:
    def contents(of: ObjectHashes) -> Counter[str]:
        return Counter(
            content
            for key, content in of.items()
            if key not in expected.unsure and key.kind not in unread
        )

    first, second = contents(expected.hashes), contents(objects)
    unsure = frozenset(key for key in expected.unsure if key.kind not in unread)
    return (first - second).total() + (second - first).total(), unsure


def objects(contents: Collection[str]) -> st.SearchStrategy[ObjectHashes]:
    return st.dictionaries(st.sampled_from(KEYS), st.sampled_from(sorted(contents)), max_size=6)


MADE = objects(CONTENTS)
THERE = objects(CONTENTS[1:])


@st.composite
def locks(draw: st.DrawFn) -> HistoryLock:
    """Lines, forks, merges and dependencies, started anywhere, with changes made by hand."""
    ids = IDS[: draw(st.integers(0, len(IDS)))]
    revisions = []
    for position, id in enumerate(ids):
        older = st.lists(st.sampled_from(ids[:position] or "-"), unique=True, max_size=2)
        down, depends_on = (tuple(draw(older)) if position else () for _ in range(2))
        revisions.append(LockedRevision(id, down, depends_on, None, draw(MADE)))
    some = st.lists(st.sampled_from(ids), unique=True, max_size=2) if ids else st.just([])
    states = st.builds(lambda at, made: LockedState(tuple(at), made), some, MADE)
    start = LockedState(tuple(draw(some)), draw(THERE))
    production = tuple(draw(st.lists(states, max_size=3)))
    return HistoryLock(18, (), tuple(revisions), start, production)


@settings(deadline=None, max_examples=400)
@given(
    locks(), THERE, st.sets(st.sampled_from(["table", "trigger"])), st.none() | st.integers(0, 999)
)
def test_the_running_distance_equals_that_of_every_schema_built_as_a_whole(
    lock: HistoryLock, there: ObjectHashes, unread: set[str], copied: int | None
) -> None:
    if copied is not None:  # a database that really is at a stamp
        stamps = list(lock.stamps())
        expected = lock.expected(stamps[copied % len(stamps)])
        assert expected is not None
        there = expected.hashes
    every = simple_matches(lock, there, unread)
    found = match_schema(lock, there, dict.fromkeys(unread, "closed"))
    exact = {each.stamp: each for each in every if each.distance == 0}
    assert found.exact == tuple(exact.values())
    best = min(every, key=lambda each: each.distance)
    assert found.nearest == (found.exact[0] if found.exact else best)


# --- how long, and how much --------------------------------------------------------------


def table(number: int, columns: int) -> dict[Key, str]:
    name = f"public.t{number}"
    parts = {Key("column", f"{name}.c{each}"): f"{number:08x}{each:08x}" for each in range(columns)}
    return {Key("table", name): f"{number:016x}", **parts}


def line(revisions: int, columns: int) -> HistoryLock:
    made = tuple(
        LockedRevision(f"r{at}", (f"r{at - 1}",)[: at > 0], (), None, table(at, columns))
        for at in range(revisions)
    )
    return HistoryLock(18, (made[-1].id,), made, LockedState((), {}))


def fork(branches: int, long: int, columns: int) -> HistoryLock:
    made = tuple(
        LockedRevision(
            f"b{branch}_{at}",
            (f"b{branch}_{at - 1}",)[: at > 0],
            (),
            None,
            table(branch * long + at, columns),
        )
        for at in range(long)
        for branch in range(branches)
    )
    return HistoryLock(18, (), made, LockedState((), {}))


def whole(lock: HistoryLock) -> ObjectHashes:
    return {key: text for each in lock.revisions for key, text in each.objects.items()}


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def long_histories() -> Iterator[tuple[HistoryLock, ObjectHashes]]:
    lock = line(1_000, 19)
    yield lock, whole(lock)
    by_hand = {Key("index", "public.by_hand"): "h"}
    lock = fork(6, 6, 299)
    yield lock, {**whole(lock), **by_hand}


def test_a_thousand_stamps_cost_as_much_time_as_a_few_schemas() -> None:
    for lock, there in long_histories():
        one = seconds(lambda there=there: [Counter(there.values()) for _ in range(10)])
        assert seconds(lambda lock=lock, there=there: match_schema(lock, there, {})) < 40 * one + 1


def test_no_schema_of_a_stamp_is_kept_in_memory() -> None:
    for lock, there in long_histories():
        tracemalloc.start()
        match_schema(lock, there, {})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 40 * 2**20


def test_a_thousand_revisions_that_change_only_rows_all_match() -> None:
    first = LockedRevision("r0", (), (), None, table(0, 10))
    rows = tuple(LockedRevision(f"r{at}", (f"r{at - 1}",), (), None, {}) for at in range(1, 1_000))
    lock = HistoryLock(18, ("r999",), (first, *rows), LockedState((), {}))
    found = match_schema(lock, first.objects, {})
    assert [each.stamp for each in found.exact] == [(f"r{at}",) for at in range(1_000)]
    assert choose_stamp(found.exact, lock, frozenset()) is None
    assert choose_stamp(found.exact, lock, frozenset(each.id for each in rows)) == ("r999",)
