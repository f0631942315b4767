"""Families H and U, history.lock: whether the history and its schema still match the file."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic_rehearsal.core.history.revisions import Revision
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.lockfile.edits import Edit, EditKind
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.lockfile import LockComparison, LockSchemaComparison

_PRODUCTION_EDITS = (EditKind.PLACE, EditKind.UPGRADE)


@check(
    "H4",
    "applied revisions are unedited",
    why="production has run the revision before the edit: a database that is made today gets "
    "another schema than production, and no rehearsal of the pending revisions shows why.",
    remedy="Revert the edit and write a new revision instead. Where production was changed to "
    "match, record it with `rehearsal lock --accept-edits`.",
    source="history.lock, which has hashes of each revision's parsed source: formatting, comments "
    "and the version of Python do not count",
    needs=(LoadedHistory, LoadedSnapshot, LockComparison),
    whole_history=True,
)
def applied_are_unedited(evidence: Evidence) -> Iterator[Finding]:
    """No revision that production has applied was edited, re-parented, renamed or removed."""
    compared = evidence.fact(LockComparison)
    for revision in dict.fromkeys(each.revision for each in compared.edits if each.applied):
        production_edits = [
            each
            for each in compared.edits
            if each.revision == revision and each.applied and each.kind in _PRODUCTION_EDITS
        ]
        if production_edits:
            found = evidence.history.find(revision)
            texts = _join_texts(each.text for each in production_edits)
            yield Finding(
                path=found.path if found else compared.path,
                line=1,
                revision=revision,
                what=f"production has applied {revision}, and {texts}.",
                do=f"{_git_log_command(found, evidence.history.location)}\n"
                f"rehearsal lock --accept-edits{evidence.config_option}   "
                "(if the edit is intended)",
            )


@check(
    "H6",
    "the lock file is up to date",
    severity=Severity.WARNING,
    why="a deploy reads from the lock file which schema a database should have, and two branches "
    "that both add revisions conflict in it when they are merged, before CI runs.",
    remedy="Run `rehearsal lock` with every new revision, on production's major of PostgreSQL, and "
    "commit the file.",
    source="history.lock, written by `rehearsal lock`",
    needs=(LoadedHistory, LockComparison),
    whole_history=True,
)
def lock_is_current(evidence: Evidence) -> Iterator[Finding]:
    """The lock file records every revision unedited, and was written on production's major."""
    compared = evidence.fact(LockComparison)
    has_snapshot = LoadedSnapshot in evidence.facts
    stale = [each for each in compared.edits if not (has_snapshot and _is_reported_by_h4(each))]
    if stale:
        texts = _join_texts(f"{each.revision}: {each.text}" for each in stale)
        yield Finding(
            path=compared.path,
            line=1,
            object="history.lock",
            what=f"{compared.path.name} is out of date: {texts}.",
            do=f"rehearsal lock{evidence.config_option}",
        )
    production = evidence.snapshot.needs.major if evidence.snapshot else None
    if production not in (None, compared.major):
        yield Finding(
            path=compared.path,
            line=1,
            object="history.lock: PostgreSQL",
            what=f"{compared.path.name} was written on PostgreSQL {compared.major}, and production "
            f"runs {production}: each major prints definitions in its own way, so that a deploy "
            "there cannot compare the schema.",
            do=f"rehearsal servers   (is {production} among them?)\n"
            f"rehearsal lock{evidence.config_option}   (with {production} here; Docker has every "
            "major: --server docker)",
        )


@check(
    "U14",
    "the lock file matches the migrated schema",
    why="a deploy refuses a database that does not have the schema in the lock file: it would "
    "refuse every database that these migrations have made.",
    remedy="Run `rehearsal lock`. Where no revision was edited, something that a revision uses has "
    "changed: a module that it imports, an extension, an SQL file.",
    source="history.lock, written by `rehearsal lock`",
    needs=(LoadedHistory, LockComparison, LockSchemaComparison),
    whole_history=True,
)
def lock_matches_schema(evidence: Evidence) -> Iterator[Finding]:
    """The schema at head is the one that the lock file records for head."""
    found = evidence.fact(LockSchemaComparison)
    if found.mismatch_texts:
        yield Finding(
            path=found.path,
            line=1,
            object="history.lock",
            what=f"the migrations make another schema than {found.path.name} records: "
            f"{first_few(found.mismatch_texts, separator='; ')}.",
            do=f"rehearsal lock{evidence.config_option}",
        )


def _is_reported_by_h4(edit: Edit) -> bool:
    return edit.applied and edit.kind in _PRODUCTION_EDITS


def _git_log_command(revision: Revision | None, folder: Path) -> str:
    """The command that shows who edited or removed the revision."""
    where = revision.path if revision else folder
    return f"git log -p -- {shlex.quote(str(where))}   (who did, and why)"


def _join_texts(texts: Iterable[str]) -> str:
    return "; ".join(texts)


CHECKS = (applied_are_unedited, lock_is_current)
CHECKS_AT_HEAD = (lock_matches_schema,)
