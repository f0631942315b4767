"""Selection of what to judge, from options and settings: checks, revisions, needed facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, CODES
from alembic_rehearsal.rehearsal.facts.scope import Scope

FAMILIES = tuple(dict.fromkeys(code[0] for code in CODES))


def choose_checks(checks: str | None, skip: str | None) -> frozenset[str] | None:
    """The codes in `checks` ("H1,D") without those in `skip` ("D4,B"); None for all of them.

    Upper and lower case are the same.  Raises `UsageError` for a word that is neither a code nor
    the letter of a family, and where no code is left.
    """
    if checks is None and skip is None:
        return None
    wanted = _parse_codes("--checks", checks) if checks is not None else frozenset(CODES)
    left = wanted - _parse_codes("--skip", skip) if skip is not None else wanted
    if not left:
        raise UsageError("no check is left to judge.", remedies=_LIST_CHECKS)
    return left


def without_skipped(chosen: frozenset[str] | None, skipped: Sequence[str]) -> frozenset[str] | None:
    """The chosen codes (None: all) without those that the settings skip.

    Raises `UsageError` for a word that is neither a code nor the letter of a family.
    """
    if not skipped:
        return chosen
    return (chosen or frozenset(CODES)) - _parse_codes("skip", ",".join(skipped))


def facts_for(scope: Scope) -> frozenset[type]:
    """The types of facts that the chosen checks need or use."""
    chosen = (each for each in CHECKS if scope.includes(each.code))
    return frozenset(kind for each in chosen for kind in (*each.needs, *each.uses))


def resolve_since(scope: Scope, history: History, alembic: str = "alembic") -> Scope:
    """The scope whose `left_out` has `since` and its ancestors; an id's beginning is enough.

    `alembic` is how this project's `alembic` command is typed.  Raises `UsageError` where
    `since` matches no revision of the history, or more than one.
    """
    if not scope.since or history.problem is not None:
        return scope
    named = history.resolve(scope.since)
    if len(named) != 1:
        ids = tuple(each.id for each in history.revisions)
        fault = f"may be any of {', '.join(named)}" if named else "is not in the history"
        hint = "" if named else did_you_mean(scope.since, ids)
        raise UsageError(
            f"--since: the revision {scope.since!r} {fault}{hint}.",
            remedies=(f"{alembic} history",),
        )
    return replace(scope, since=named[0], left_out=history.up_to(named))


_LIST_CHECKS = ("rehearsal explain   (lists every check)",)


def _parse_codes(option: str, text: str) -> frozenset[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UsageError(
            f"{option} names no check.", remedies=(f"{option} {CODES[0]},D", *_LIST_CHECKS)
        )
    return frozenset(code for word in words for code in _codes_of_word(option, word))


def _codes_of_word(option: str, word: str) -> tuple[str, ...]:
    known = word.upper()
    if known in CODES:
        return (known,)
    if known in FAMILIES:
        return tuple(code for code in CODES if code[0] == known)
    raise UsageError(
        f"{option}: there is no check or family {word!r}{did_you_mean(word, CODES)}.",
        remedies=_LIST_CHECKS,
    )
