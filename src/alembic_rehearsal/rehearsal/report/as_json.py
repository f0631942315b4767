"""The report as JSON, for programs and for `rehearsal report merge`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.facts.shards import run_data
from alembic_rehearsal.rehearsal.report.findings import path_text

SCHEMA_VERSION = 1


def as_json(report: Report, *, folder: Path) -> str:
    """One object: `schema_version`, `summary`, `scope`, `acts`, `detours`, `findings`, ...

    Within one `schema_version` keys are only added, never changed or removed.  `held` is for
    `rehearsal report merge` alone, and on one line, since it has values for each revision and
    step.
    """
    text = json.dumps(_content(report, folder), indent=2, ensure_ascii=False)
    run = json.dumps(run_data(report.run, folder), ensure_ascii=False)
    return f'{text[:-2]},\n  "held": {run}\n}}\n'


def _content(report: Report, folder: Path) -> dict[str, Any]:
    scope = report.scope
    return {
        "schema_version": SCHEMA_VERSION,
        "summary": _summary(report),
        "scope": {
            "checks": None if scope.checks is None else sorted(scope.checks),
            "since": scope.since or None,
            "left_out": [each.id for each in report.history.revisions if each.id in scope.left_out],
            "shard": list(scope.shard) if scope.is_shard else None,
            "postgres": scope.postgres,
        },
        "acts": [
            {
                "name": each.name,
                "seconds": round(each.seconds, 3),
                "skipped": each.skipped or None,
                "note": each.note or None,
            }
            for each in report.run.results
        ],
        "detours": [
            {"driver": each.driver, "asked": each.asked, "outcome": each.outcome}
            for each in report.detours
        ],
        "findings": [_finding(finding, folder) for finding in report.findings],
        "not_judged": [
            {"code": each.code, "title": each.title, "why": each.why} for each in report.not_judged
        ],
        "in_another_shard": list(report.other_shard_checks),
        "waivers_not_needed": [
            {
                "code": each.code,
                "revision": each.revision or None,
                "object": each.object or None,
                "reason": each.reason,
            }
            for each in report.unneeded_waivers
        ],
    }


def _summary(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "failed": report.failed,
        "interrupted": run.interrupted,
        "revisions": len(report.history.revisions),
        "heads": list(report.history.heads),
        "production": list(report.snapshot.provenance.revisions) if report.snapshot else None,
        "pending": list(report.pending),
        "server": run.server.version if run.server else None,
        "server_origin": run.server.origin if run.server else None,
        "note": run.server.note if run.server else "",
        "waived": sum(bool(finding.waived) for finding in report.findings),
        "seconds": round(run.seconds, 3),
        "cores": run.cores,
        "parts": run.parts,
        "seed": run.seed,
    }


def _finding(finding: Finding, folder: Path) -> dict[str, Any]:
    return {
        "code": finding.code,
        "title": finding.title,
        "severity": finding.severity.value,
        "revision": finding.revision or None,
        "object": finding.object or None,
        "objects": list(finding.objects),
        "path": path_text(finding, folder) or None,
        "line": finding.line or None,
        "what": finding.what,
        "why": finding.why,
        "do": finding.do,
        "applied": finding.applied,
        "waived": finding.waived or None,
        "fails": finding.fails,
    }
