"""Merges the JSON reports of all shards into the report of one rehearsal.

Needs neither the project nor a database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from alembic_rehearsal import __version__
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.facts.shards import join_runs, read_run
from alembic_rehearsal.rehearsal.judging.judge import build_report
from alembic_rehearsal.rehearsal.report.as_json import SCHEMA_VERSION

# What all parts of one rehearsal have in common, and how to get it; None matches any value.
_SAME_IN_ALL_SHARDS: Mapping[str, Callable[[RehearsalRun], Any]] = {
    "histories": lambda run: run.fingerprint,
    "snapshots": lambda run: _snapshot_identity(run),
    "PostgreSQL majors": lambda run: run.server.major if run.server else None,
    "numbers of shards": lambda run: run.evidence.scope.shard[1],
    "--checks or --skip": lambda run: _codes_text(run.evidence.scope.checks),
    "--since": lambda run: run.evidence.scope.since or "nothing",
    "--postgres": lambda run: run.evidence.scope.postgres or "nothing",
    "waivers": lambda run: run.waivers,
    "--all": lambda run: run.fails_on_applied,
}
_SHARD_COMMAND = "rehearsal run --shard 1/3 --format json > 1.json"


def merge_reports(paths: Sequence[Path], *, folder: Path) -> Report:
    """The report that one whole rehearsal would have given.

    The parts are judged together, since a check may need facts of two shards.  Relative paths of
    findings begin at `folder`.  Raises `UsageError` for a file that is not a report of this
    version, for parts of different rehearsals, and where a part is missing or given twice.
    """
    parts = [(path, _read_shard(path, folder)) for path in paths]
    _expect_one_rehearsal(parts)
    _expect_each_shard_once(parts)
    in_order = sorted((run for _, run in parts), key=lambda each: each.evidence.scope.shard)
    return build_report(join_runs(in_order, [each.name for each in EXPERIMENTS]))


def _read_shard(path: Path, folder: Path) -> RehearsalRun:
    content = _load_json(path)
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path} has schema_version {version!r}; this version of rehearsal reads "
            f"{SCHEMA_VERSION}.",
            remedies=("the same version of alembic-rehearsal for every part",),
        )
    if "held" not in content:
        raise _not_a_report(path, 'it has no "held"')
    if (made_by := _version_in(content["held"])) != __version__:
        raise UsageError(
            f"{path} was made by alembic-rehearsal {made_by}; this is {__version__}.",
            remedies=("the same version of alembic-rehearsal for every part",),
        )
    try:
        return read_run(content["held"], folder)
    except (ValueError, TypeError, AttributeError) as error:
        raise _not_a_report(path, str(error)) from error


def _load_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", remedies=(_SHARD_COMMAND,)
        ) from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise _not_a_report(path, "it is not JSON") from error
    if not isinstance(content, dict) or "schema_version" not in content:
        raise _not_a_report(path, "it has no schema_version")
    return content


def _version_in(run: Any) -> str:
    return str(run.get("version", "unknown")) if isinstance(run, dict) else "unknown"


def _not_a_report(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} is not a report of a rehearsal: {why}.", remedies=(_SHARD_COMMAND,))


def _expect_one_rehearsal(parts: Sequence[tuple[Path, RehearsalRun]]) -> None:
    """Raise `UsageError` unless all parts have the same files, server major and options."""
    for (first, run), (second, other) in combinations(parts, 2):
        for what, read in _SAME_IN_ALL_SHARDS.items():
            one, another = read(run), read(other)
            if one != another and None not in (one, another):
                raise UsageError(
                    f"{first} and {second} are not parts of one rehearsal: they have "
                    f"different {what}{_values_text(one, another)}.",
                    remedies=("the same commit and the same options for every shard",),
                )


def _snapshot_identity(run: RehearsalRun) -> tuple[str, ...]:
    """A value that is the same only for the same snapshot."""
    provenance = run.evidence.snapshot.provenance if run.evidence.snapshot else None
    return (provenance.sha256, *provenance.revisions) if provenance else ("no snapshot",)


def _codes_text(checks: frozenset[str] | None) -> str:
    return "all" if checks is None else " ".join(sorted(checks))


def _values_text(one: Any, another: Any) -> str:
    """Both values, "" where they are too long to help."""
    return f" ({one} and {another})" if len(f"{one}{another}") < 60 else ""


def _expect_each_shard_once(parts: Sequence[tuple[Path, RehearsalRun]]) -> None:
    """Raise `UsageError` where a shard is missing or given twice."""
    path_of: dict[int, Path] = {}
    for place, (path, each) in enumerate(parts):
        number, shards = each.evidence.scope.shard
        if number in path_of:
            others = " ".join(str(path) for path, _ in (*parts[:place], *parts[place + 1 :]))
            raise UsageError(
                f"{path_of[number]} and {path} are both shard {number} of {shards}.",
                remedies=(f"rehearsal report merge {others}",),
            )
        path_of[number] = path
    missing = [str(number) for number in range(1, shards + 1) if number not in path_of]
    if missing:
        raise UsageError(
            f"of {shards} shards {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "missing.",
            remedies=(f"rehearsal run --shard {missing[0]}/{shards} --format json",),
        )
