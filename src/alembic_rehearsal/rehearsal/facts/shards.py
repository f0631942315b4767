"""What was held, as data for a report's JSON; and the held parts of one rehearsal, joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.facts.as_data import DataReader, to_data
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import (
    Evidence,
    ExperimentResult,
    LoadedHistory,
    LoadedSnapshot,
)
from alembic_rehearsal.rehearsal.facts.fact_types import FACT_TYPES
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun

_ONLY_SHARD = (1, 1)


def run_data(run: RehearsalRun, folder: Path) -> dict[str, Any]:
    """All that `read_run` needs; what was read twice is written once."""
    evidence = run.evidence
    made = {
        kind: fact
        for kind, fact in evidence.facts.items()
        if kind not in (LoadedHistory, LoadedSnapshot)
    }
    data: dict[str, Any] = to_data(replace(run, evidence=replace(evidence, facts=made)), folder)
    return data


def read_run(data: Any, folder: Path) -> RehearsalRun:
    """What was held, with its paths below `folder`.  Raises `ValueError` for other data."""
    held = DataReader(folder, FACT_TYPES).read(RehearsalRun, data)
    evidence = held.evidence
    read: dict[type, object] = {}
    if evidence.history.problem is None:
        read[LoadedHistory] = LoadedHistory(evidence.history)
    if evidence.snapshot is not None:
        read[LoadedSnapshot] = LoadedSnapshot(evidence.snapshot)
    return replace(held, evidence=replace(evidence, facts={**read, **evidence.facts}))


def join_runs(parts: Sequence[RehearsalRun], order: Sequence[str]) -> RehearsalRun:
    """All shards of one rehearsal as one, as if it had been held in a piece.

    `order` are the names of all acts, as a report lists them.
    """
    first = parts[0]
    interrupted = any(each.interrupted for each in parts)
    evidence = _join_evidence([each.evidence for each in parts])
    return replace(
        first,
        evidence=replace(evidence, is_complete=not interrupted),
        results=tuple(_join_results([act for each in parts for act in each.results], order)),
        server=_join_servers([each.server for each in parts if each.server]),
        seconds=max(each.seconds for each in parts),
        cores=max(each.cores for each in parts),
        interrupted=interrupted,
        parts=len(parts),
    )


def _join_evidence(parts: Sequence[Evidence]) -> Evidence:
    """Each fact once; one that the shards made in pieces is put together again."""
    kinds = dict.fromkeys(kind for evidence in parts for kind in evidence.facts)
    facts = {kind: _join_fact([s.facts[kind] for s in parts if kind in s.facts]) for kind in kinds}
    skipped = {kind: why for evidence in parts for kind, why in evidence.skipped.items()}
    return replace(
        parts[0],
        facts=facts,
        skipped=skipped,
        scope=replace(parts[0].scope, shard=_ONLY_SHARD),
        other_shard_facts=frozenset(),
    )


def _join_fact(same: Sequence[Any]) -> Any:
    """One of those that several shards made, since other experiments needed it in each."""
    return Stairway.join(same) if isinstance(same[0], Stairway) else same[0]


def _join_results(
    results: Sequence[ExperimentResult], order: Sequence[str]
) -> Iterable[ExperimentResult]:
    """Each act once with the seconds of all shards; skipped where every one skipped it."""
    for name in order:
        same = [act for act in results if act.name == name]
        done = [act for act in same if not act.skipped]
        if done:
            note = "; ".join(dict.fromkeys(act.note for act in done if act.note))
            yield ExperimentResult(name, sum(act.seconds for act in done), note=note)
        elif same:
            yield same[0]


def _join_servers(servers: Sequence[Server]) -> Server | None:
    if not servers:
        return None
    origins = dict.fromkeys(each.origin for each in servers)
    return replace(servers[0], origin="; ".join(origins))
