"""What was held, as data for a report's JSON; and the held parts of one rehearsal, joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.facts import KINDS
from alembic_rehearsal.rehearsal.facts.as_data import Reader, write
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import (
    Evidence,
    ExperimentResult,
    Loaded,
    SnapshotRead,
)
from alembic_rehearsal.rehearsal.facts.report import Held

_WHOLE = (1, 1)


def held_data(held: Held, folder: Path) -> dict[str, Any]:
    """All that `read_held` needs; what was read twice is written once."""
    scene = held.scene
    made = {kind: fact for kind, fact in scene.facts.items() if kind not in (Loaded, SnapshotRead)}
    data: dict[str, Any] = write(replace(held, scene=replace(scene, facts=made)), folder)
    return data


def read_held(data: Any, folder: Path) -> Held:
    """What was held, with its paths below `folder`.  Raises `ValueError` for other data."""
    held = Reader(folder, KINDS).read(Held, data)
    scene = held.scene
    read: dict[type, object] = {}
    if scene.history.problem is None:
        read[Loaded] = Loaded(scene.history)
    if scene.snapshot is not None:
        read[SnapshotRead] = SnapshotRead(scene.snapshot)
    return replace(held, scene=replace(scene, facts={**read, **scene.facts}))


def joined(parts: Sequence[Held], order: Sequence[str]) -> Held:
    """All shards of one rehearsal as one, as if it had been held in a piece.

    `order` are the names of all acts, as a report lists them.
    """
    first = parts[0]
    interrupted = any(each.interrupted for each in parts)
    scene = _scene([each.scene for each in parts])
    return replace(
        first,
        scene=replace(scene, is_whole=not interrupted),
        acts=tuple(_acts([act for each in parts for act in each.acts], order)),
        server=_server([each.server for each in parts if each.server]),
        seconds=max(each.seconds for each in parts),
        cores=max(each.cores for each in parts),
        interrupted=interrupted,
        parts=len(parts),
    )


def _scene(scenes: Sequence[Evidence]) -> Evidence:
    """Each fact once; one that the shards made in pieces is put together again."""
    kinds = dict.fromkeys(kind for scene in scenes for kind in scene.facts)
    facts = {kind: _fact([s.facts[kind] for s in scenes if kind in s.facts]) for kind in kinds}
    skipped = {kind: why for scene in scenes for kind, why in scene.skipped.items()}
    return replace(
        scenes[0],
        facts=facts,
        skipped=skipped,
        scope=replace(scenes[0].scope, shard=_WHOLE),
        elsewhere=frozenset(),
    )


def _fact(same: Sequence[Any]) -> Any:
    """One of those that several shards made, since other experiments needed it in each."""
    return Stairway.joined(same) if isinstance(same[0], Stairway) else same[0]


def _acts(acts: Sequence[ExperimentResult], order: Sequence[str]) -> Iterable[ExperimentResult]:
    """Each act once with the seconds of all shards; skipped where every one skipped it."""
    for name in order:
        same = [act for act in acts if act.name == name]
        done = [act for act in same if not act.skipped]
        if done:
            note = "; ".join(dict.fromkeys(act.note for act in done if act.note))
            yield ExperimentResult(name, sum(act.seconds for act in done), note=note)
        elif same:
            yield same[0]


def _server(servers: Sequence[Server]) -> Server | None:
    if not servers:
        return None
    origins = dict.fromkeys(each.origin for each in servers)
    return replace(servers[0], origin="; ".join(origins))
