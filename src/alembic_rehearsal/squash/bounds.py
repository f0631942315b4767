"""Which revisions one baseline can replace, and why some cannot be replaced.

Reads the source of revisions for the labels that they declare; reaches no database.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History, Revision
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import Refused, UsageError
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.snapshot.values import Snapshot
from alembic_rehearsal.squash.values import Bounds


def find_bounds(history: History, text: str, snapshot: Snapshot) -> Bounds:
    """What a squash to the revision that `text` names would replace.

    Raises `UsageError` for a text that names no revision or several, and `Refused` where production
    has not passed it, where a branch begins below it and does not come through it, and where
    what stays or production's own stamp names a revision that would be gone.
    """
    to = _find_revision(history, text)
    below = history.up_to((to.id,))
    stamp = snapshot.provenance.revisions
    _expect_passed(history, to, below, stamp)
    later = tuple(each for each in history.revisions if _descends_from(history, each, to))
    bounds = Bounds(
        history,
        to,
        tuple(each for each in history.revisions if each.id in below),
        later,
        _branch_labels(each.path for each in history.revisions if each.id in below),
    )
    if not bounds.is_trivial:
        _expect_no_branch(bounds)
        _expect_unnamed(bounds, stamp)
        _expect_no_roles(bounds)
    return bounds


def _find_revision(history: History, text: str) -> Revision:
    ids = history.resolve(text)
    if len(ids) > 1:
        raise UsageError(f"{text!r} begins {len(ids)} revisions: {first_few(ids)}.")
    found = history.find(ids[0]) if ids else None
    if found is None:
        known = tuple(each.id for each in history.revisions)
        raise UsageError(f"{text!r} is no revision of this history{did_you_mean(text, known)}.")
    return found


def _expect_passed(
    history: History, to: Revision, below: frozenset[str], stamp: tuple[str, ...]
) -> None:
    missing = below - history.up_to(stamp)
    if not missing:
        return
    best = _newest_possible(history, stamp)
    raise Refused(
        f"production is at {', '.join(stamp) or 'no revision'} and has not passed {to.id}: "
        f"it lacks {first_few(_in_upgrade_order(history, missing))}.",
        why="from there no way would lead up any more.",
        remedies=(
            *((f"rehearsal squash --to {best}   (the newest that can be)",) if best else ()),
            "rehearsal snapshot take --from URL   (if production is newer than its snapshot)",
        ),
    )


def _newest_possible(history: History, stamp: tuple[str, ...]) -> str:
    """The newest revision that production has passed and that all older ones lead to, or ""."""
    for each in reversed(history.revisions):
        below = history.up_to((each.id,))
        if (
            len(below) > 1
            and below <= history.up_to(stamp)
            and not _side_branches(history, each, below)
        ):
            return each.id
    return ""


def _side_branches(history: History, to: Revision, below: frozenset[str]) -> tuple[Revision, ...]:
    """Revisions that stand on some below `to` and not on `to`; another tree's are no matter."""
    return tuple(
        each
        for each in history.revisions
        if each.id not in below
        and not _descends_from(history, each, to)
        and history.up_to((each.id,)) & below
    )


def _expect_no_branch(bounds: Bounds) -> None:
    below = frozenset(each.id for each in bounds.squashed)
    beside = _side_branches(bounds.history, bounds.to, below)
    if not beside:
        return
    first = beside[0]
    on = first_few([each for each in (*first.down, *first.depends_on) if each in below])
    join = next((each for each in bounds.later if _joins_all(bounds.history, each, beside)), None)
    raise Refused(
        f"{first_few([each.id for each in beside])} would have nothing to stand on: {first.id} "
        f"({first.path.name}) begins at {on}, below {bounds.to.id}, and does not come through it.",
        why="a baseline can only replace what everything newer has in common.",
        remedies=(f"rehearsal squash --to {join.id}   (which joins them)",)
        if join
        else (f"alembic merge -m 'join' {bounds.to.id} {beside[-1].id}   (and deploy that first)",),
    )


def _joins_all(history: History, revision: Revision, beside: tuple[Revision, ...]) -> bool:
    return history.up_to((revision.id,)) >= {each.id for each in beside}


def _expect_unnamed(bounds: Bounds, stamp: tuple[str, ...]) -> None:
    """Raise `Refused` where what stays names a revision that would be gone."""
    gone = {each.id for each in bounds.squashed} - {bounds.to.id}
    for each in bounds.later:
        if named := sorted(gone & {*each.down, *each.depends_on}):
            raise Refused(
                f"{each.id} ({each.path.name}) names {first_few(named)}, which {bounds.to.id} would "
                "replace.",
                why=f"Alembic could not load it; it stands on {bounds.to.id} anyway.",
                remedies=(f"take {first_few(named)} out of its down_revision and depends_on",),
            )
    if named := sorted(gone & set(stamp)):
        raise Refused(
            f"production's version table names {first_few(named)}, which {bounds.to.id} would replace.",
            why="Alembic stops where it does not know a revision of that table.",
        )


def _expect_no_roles(bounds: Bounds) -> None:
    """Raise `Refused` where squashed revisions change what no database has for itself."""
    shared = [each.id for each in bounds.squashed if each.cluster_wide]
    if shared:
        raise Refused(
            f"{first_few(shared)} change roles, tablespaces or databases of the whole server.",
            why="the schema of a database, which a baseline is, does not have them.",
        )


def _descends_from(history: History, revision: Revision, to: Revision) -> bool:
    return revision.id != to.id and to.id in history.up_to((revision.id,))


def _in_upgrade_order(history: History, ids: frozenset[str]) -> list[str]:
    return [each.id for each in history.revisions if each.id in ids]


# --- labels ------------------------------------------------------------------------------


def _branch_labels(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for path in paths for label in _declared_labels(path)))


def _declared_labels(path: Path) -> Iterator[str]:
    """The labels in a file's own `branch_labels`; Alembic tells those of whole branches."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        raise Refused(f"{path}:{error.lineno} is newer Python than this one can read.") from error
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(each, ast.Name) and each.id == "branch_labels" for each in targets):
            yield from _string_constants(getattr(node, "value", None))


def _string_constants(node: ast.expr | None) -> Iterator[str]:
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
