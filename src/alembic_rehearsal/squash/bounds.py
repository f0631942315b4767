"""The revisions that one baseline can replace, or the reason why it cannot replace them.

Reads the revision files for the labels that they declare; reaches no database.
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
    """The revisions that a squash up to the revision named by `text` would replace.

    Raises `UsageError` if `text` names no revision or several.  Raises `Refused` if production
    has not applied it; if a branch starts from one of its ancestors and does not lead through
    it; if a later revision or production's stamp names a revision that would be gone; or if a
    squashed revision changes objects of the whole server.
    """
    to = _find_revision(history, text)
    squashed = history.up_to((to.id,))
    stamp = snapshot.provenance.revisions
    _expect_applied(history, to, squashed, stamp)
    later = tuple(each for each in history.revisions if _descends_from(history, each, to))
    bounds = Bounds(
        history,
        to,
        tuple(each for each in history.revisions if each.id in squashed),
        later,
        _branch_labels(each.path for each in history.revisions if each.id in squashed),
    )
    if not bounds.is_trivial:
        _expect_no_branch(bounds)
        _expect_unnamed(bounds, stamp)
        _expect_no_roles(bounds)
    return bounds


def _find_revision(history: History, text: str) -> Revision:
    ids = history.resolve(text)
    if len(ids) > 1:
        raise UsageError(f"{len(ids)} revisions begin with {text!r}: {first_few(ids)}.")
    found = history.find(ids[0]) if ids else None
    if found is None:
        known = tuple(each.id for each in history.revisions)
        raise UsageError(f"{text!r} is no revision of this history{did_you_mean(text, known)}.")
    return found


def _expect_applied(
    history: History, to: Revision, squashed: frozenset[str], stamp: tuple[str, ...]
) -> None:
    missing = squashed - history.up_to(stamp)
    if not missing:
        return
    best = _newest_possible(history, stamp)
    raise Refused(
        f"production is at {', '.join(stamp) or 'no revision'} and has not applied {to.id}: "
        f"it lacks {first_few(_in_upgrade_order(history, missing))}.",
        why="production could not be upgraded any more.",
        remedies=(
            *((f"rehearsal squash --to {best}   (the newest possible)",) if best else ()),
            "rehearsal snapshot take --from URL   (if production is newer than its snapshot)",
        ),
    )


def _newest_possible(history: History, stamp: tuple[str, ...]) -> str:
    """The newest revision up to which production's history could be squashed, "" if none."""
    for each in reversed(history.revisions):
        squashed = history.up_to((each.id,))
        if (
            len(squashed) > 1
            and squashed <= history.up_to(stamp)
            and not _side_branches(history, each, squashed)
        ):
            return each.id
    return ""


def _side_branches(
    history: History, to: Revision, squashed: frozenset[str]
) -> tuple[Revision, ...]:
    """Revisions that descend from a squashed one but not from `to`; other trees do not count."""
    return tuple(
        each
        for each in history.revisions
        if each.id not in squashed
        and not _descends_from(history, each, to)
        and history.up_to((each.id,)) & squashed
    )


def _expect_no_branch(bounds: Bounds) -> None:
    squashed = frozenset(each.id for each in bounds.squashed)
    branch = _side_branches(bounds.history, bounds.to, squashed)
    if not branch:
        return
    first = branch[0]
    parents = first_few([each for each in (*first.down, *first.depends_on) if each in squashed])
    join = next((each for each in bounds.later if _joins_all(bounds.history, each, branch)), None)
    raise Refused(
        f"{first_few([each.id for each in branch])} would lose an ancestor: {first.id} "
        f"({first.path.name}) starts from {parents}, older than {bounds.to.id}, and does not "
        f"descend from {bounds.to.id}.",
        why="a baseline can only replace common ancestors of all newer revisions.",
        remedies=(f"rehearsal squash --to {join.id}   (which joins them)",)
        if join
        else (f"alembic merge -m 'join' {bounds.to.id} {branch[-1].id}   (and deploy that first)",),
    )


def _joins_all(history: History, revision: Revision, branch: tuple[Revision, ...]) -> bool:
    return history.up_to((revision.id,)) >= {each.id for each in branch}


def _expect_unnamed(bounds: Bounds, stamp: tuple[str, ...]) -> None:
    """Raise `Refused` if a later revision or the stamp names a revision that would be gone."""
    gone = {each.id for each in bounds.squashed} - {bounds.to.id}
    for each in bounds.later:
        if named := sorted(gone & {*each.down, *each.depends_on}):
            raise Refused(
                f"{each.id} ({each.path.name}) names {first_few(named)}, which {bounds.to.id} "
                "would replace.",
                why=f"Alembic could not load it; it descends from {bounds.to.id} anyway.",
                remedies=(f"take {first_few(named)} out of its down_revision and depends_on",),
            )
    if named := sorted(gone & set(stamp)):
        raise Refused(
            f"production's version table names {first_few(named)}, which {bounds.to.id} would "
            "replace.",
            why="Alembic stops if it does not know a revision in that table.",
        )


def _expect_no_roles(bounds: Bounds) -> None:
    """Raise `Refused` if squashed revisions change objects of the whole server."""
    shared = [each.id for each in bounds.squashed if each.cluster_wide]
    if shared:
        raise Refused(
            f"{first_few(shared)} change roles, tablespaces or databases of the whole server.",
            why="a baseline is the schema of one database, which does not have them.",
        )


def _descends_from(history: History, revision: Revision, to: Revision) -> bool:
    return revision.id != to.id and to.id in history.up_to((revision.id,))


def _in_upgrade_order(history: History, ids: frozenset[str]) -> list[str]:
    return [each.id for each in history.revisions if each.id in ids]


# --- labels ------------------------------------------------------------------------------


def _branch_labels(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for path in paths for label in _declared_labels(path)))


def _declared_labels(path: Path) -> Iterator[str]:
    """The labels in a file's own `branch_labels`; Alembic reports those of the whole branch."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        raise Refused(f"{path}:{error.lineno} needs a newer Python than this one.") from error
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
