"""The story of joining: what all shards held, read from their reports and judged as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from alembic_rehearsal import __version__
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.experiments.catalogue import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.facts.shards import join_runs, read_run
from alembic_rehearsal.rehearsal.judging.judge import build_report
from alembic_rehearsal.rehearsal.report.as_json import SCHEMA_VERSION

# What all parts of one rehearsal have in common; None fits everything.
_SAME_IN_ALL_SHARDS: Mapping[str, Callable[[RehearsalRun], Any]] = {
    "histories": lambda held: held.fingerprint,
    "snapshots": lambda held: _snapshot_identity(held),
    "PostgreSQL majors": lambda held: held.server.major if held.server else None,
    "numbers of shards": lambda held: held.evidence.scope.shard[1],
    "--checks or --skip": lambda held: _codes_text(held.evidence.scope.checks),
    "--since": lambda held: held.evidence.scope.since or "nothing",
    "--postgres": lambda held: held.evidence.scope.postgres or "nothing",
    "waivers": lambda held: held.waivers,
    "--all": lambda held: held.fails_on_applied,
}
_SHARD_COMMAND = "rehearsal run --shard 1/3 --format json > 1.json"


def merge_reports(paths: Sequence[Path], *, folder: Path) -> Report:
    """The report that one whole rehearsal would have given.

    The parts are judged together and not one by one, since a check may need what two shards
    saw.  `folder` is where relative paths of findings begin.  Raises `UsageError` for a file that
    is no report of this version, for parts of different rehearsals, and where one is missing
    or there twice.
    """
    parts = [(path, _read_shard(path, folder)) for path in paths]
    _expect_one_rehearsal(parts)
    _expect_each_shard_once(parts)
    in_order = sorted((held for _, held in parts), key=lambda each: each.evidence.scope.shard)
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
        raise _not_a_report(path, "it does not hold what was seen")
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
    except ValueError as error:  # what is no UTF-8 is none, too
        raise _not_a_report(path, "it is not JSON") from error
    if not isinstance(content, dict) or "schema_version" not in content:
        raise _not_a_report(path, "it has no schema_version")
    return content


def _version_in(held: Any) -> str:
    return str(held.get("version", "unknown")) if isinstance(held, dict) else "unknown"


def _not_a_report(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} is no report of a rehearsal: {why}.", remedies=(_SHARD_COMMAND,))


def _expect_one_rehearsal(parts: Sequence[tuple[Path, RehearsalRun]]) -> None:
    """All of the same files, on servers of one major, with the same options."""
    for (first, held), (second, other) in combinations(parts, 2):
        for what, of in _SAME_IN_ALL_SHARDS.items():
            one, another = of(held), of(other)
            if one != another and None not in (one, another):
                raise UsageError(
                    f"{first} and {second} are not parts of one rehearsal: they have "
                    f"different {what}{_values_text(one, another)}.",
                    remedies=("the same commit and the same options for every shard",),
                )


def _snapshot_identity(run: RehearsalRun) -> tuple[str, ...]:
    """What tells one snapshot from another."""
    known = run.evidence.snapshot.provenance if run.evidence.snapshot else None
    return (known.sha256, *known.revisions) if known else ("no snapshot",)


def _codes_text(checks: frozenset[str] | None) -> str:
    return "all" if checks is None else " ".join(sorted(checks))


def _values_text(one: Any, another: Any) -> str:
    """Both values, where they are short enough to help."""
    return f" ({one} and {another})" if len(f"{one}{another}") < 60 else ""


def _expect_each_shard_once(parts: Sequence[tuple[Path, RehearsalRun]]) -> None:
    having: dict[int, Path] = {}
    for place, (path, each) in enumerate(parts):
        number, shards = each.evidence.scope.shard
        if number in having:
            others = " ".join(str(path) for path, _ in (*parts[:place], *parts[place + 1 :]))
            raise UsageError(
                f"{having[number]} and {path} are both shard {number} of {shards}.",
                remedies=(f"rehearsal report merge {others}",),
            )
        having[number] = path
    missing = [str(number) for number in range(1, shards + 1) if number not in having]
    if missing:
        raise UsageError(
            f"of {shards} shards {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "missing.",
            remedies=(f"rehearsal run --shard {missing[0]}/{shards} --format json",),
        )
