"""A rehearsal's run as data for the JSON report, read back, and joined from several shards.

Reads no file and judges nothing.
"""

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
    """All that `read_run` needs; the history and the snapshot are written only once."""
    evidence = run.evidence
    facts = {
        kind: fact
        for kind, fact in evidence.facts.items()
        if kind not in (LoadedHistory, LoadedSnapshot)
    }
    data: dict[str, Any] = to_data(replace(run, evidence=replace(evidence, facts=facts)), folder)
    return data


def read_run(data: Any, folder: Path) -> RehearsalRun:
    """Read a run back, with its paths below `folder`.  Raises `ValueError` for other data."""
    run = DataReader(folder, FACT_TYPES).read(RehearsalRun, data)
    evidence = run.evidence
    read: dict[type, object] = {}
    if evidence.history.problem is None:
        read[LoadedHistory] = LoadedHistory(evidence.history)
    if evidence.snapshot is not None:
        read[LoadedSnapshot] = LoadedSnapshot(evidence.snapshot)
    return replace(run, evidence=replace(evidence, facts={**read, **evidence.facts}))


def join_runs(parts: Sequence[RehearsalRun], order: Sequence[str]) -> RehearsalRun:
    """Join all shards of one rehearsal into the run that a single rehearsal would have given.

    `order` has the names of all experiments, in the order of the report.
    """
    first = parts[0]
    interrupted = any(each.interrupted for each in parts)
    evidence = _join_evidence([each.evidence for each in parts])
    return replace(
        first,
        evidence=replace(evidence, is_complete=not interrupted),
        results=tuple(_join_results([result for each in parts for result in each.results], order)),
        server=_join_servers([each.server for each in parts if each.server]),
        seconds=max(each.seconds for each in parts),
        cores=max(each.cores for each in parts),
        interrupted=interrupted,
        parts=len(parts),
    )


def _join_evidence(parts: Sequence[Evidence]) -> Evidence:
    """Each fact once; one that the shards made in pieces is joined."""
    kinds = dict.fromkeys(kind for evidence in parts for kind in evidence.facts)
    facts = {
        kind: _join_fact([each.facts[kind] for each in parts if kind in each.facts])
        for kind in kinds
    }
    skipped = {kind: why for evidence in parts for kind, why in evidence.skipped.items()}
    return replace(
        parts[0],
        facts=facts,
        skipped=skipped,
        scope=replace(parts[0].scope, shard=_ONLY_SHARD),
        other_shard_facts=frozenset(),
    )


def _join_fact(same: Sequence[Any]) -> Any:
    """The joined stairway; of any other fact the first, as each shard makes the same."""
    return Stairway.join(same) if isinstance(same[0], Stairway) else same[0]


def _join_results(
    results: Sequence[ExperimentResult], order: Sequence[str]
) -> Iterable[ExperimentResult]:
    """Each experiment once with the seconds of all shards; skipped where every one skipped it."""
    for name in order:
        same = [each for each in results if each.name == name]
        done = [each for each in same if not each.skipped]
        if done:
            note = "; ".join(dict.fromkeys(each.note for each in done if each.note))
            yield ExperimentResult(name, sum(each.seconds for each in done), note=note)
        elif same:
            yield same[0]


def _join_servers(servers: Sequence[Server]) -> Server | None:
    if not servers:
        return None
    origins = dict.fromkeys(each.origin for each in servers)
    return replace(servers[0], origin="; ".join(origins))
