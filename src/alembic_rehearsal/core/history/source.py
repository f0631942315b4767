"""A project's revisions: what Alembic says of them, and what their source says of itself.

Alembic is asked in the project's own interpreter (`project/`); the source is only parsed
here, never imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.history.revisions import Downgrade, OutsideUse
from alembic_rehearsal.core.history.self_contained import find_outside_uses, needs_only_its_source


@dataclass(frozen=True, slots=True)
class RevisionSource:
    """What one revision file says of its own two functions.

    `line` is where `downgrade` begins, 1 where the file has none.  `looks` says that its
    way up asks the database what is there: by SQLAlchemy's inspector, the catalogs, IF EXISTS
    or what is named like a question ("column_exists"); what declares `baseline = True` begins
    with nothing and asks for nothing.  `leans` is what else than the database it leans on.
    `cluster_wide` says that a text in it is SQL for roles, tablespaces or databases; what other
    files bring is only seen when it runs.  `refusals` are the lines of the `raise` statements in
    `downgrade`.  `needs_only_its_source` says that all of it is in this file, as far as that can be seen.
    """

    downgrade: Downgrade
    has_upgrade: bool
    line: int
    inspects_database: bool = False
    outside_uses: tuple[OutsideUse, ...] = ()
    cluster_wide: bool = False
    raise_lines: tuple[int, ...] = ()
    is_self_contained: bool = False


def read_source(
    path: Path, roots: Collection[Path] = (), migration_folders: Collection[Path] = ()
) -> RevisionSource:
    """Parse a revision file; one that this Python cannot parse counts as real both ways.

    Its own interpreter has loaded it by then, so newer syntax is no fault of the file.
    `roots` are where the application is imported from, `apart_from` the migrations' own folders.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError:
        return RevisionSource(Downgrade.REAL, has_upgrade=True, line=1)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    down = functions.get("downgrade")
    up = functions.get("upgrade")
    return RevisionSource(
        downgrade=_downgrade_kind(down, declared=_declares(tree.body, "irreversible")),
        has_upgrade=up is not None and bool(_effective_statements(up.body)),
        line=down.lineno if down else 1,
        inspects_database=not _declares(tree.body, "baseline")
        and any(_inspects_database(node) for node in tree.body if node is not down),
        outside_uses=find_outside_uses(tree, roots, migration_folders),
        cluster_wide=any(_CLUSTER_WIDE.search(text) for text in _string_literals(tree)),
        raise_lines=tuple(_raise_lines(down)) if down else (),
        is_self_contained=needs_only_its_source(tree, roots),
    )


def _raise_lines(function: ast.FunctionDef) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.Raise):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


# Functions of SQLAlchemy's inspector, and what a project's own are called.
_INSPECTION_FUNCTION = re.compile(
    r"inspect|get_table_names|_?has_\w+|\w+_exists|exists_\w+|\w+_if_missing", re.I
)
_INSPECTION_SQL = re.compile(
    r"information_schema|pg_catalog|\bpg_class\b|to_regclass|\bIF\s+(NOT\s+)?EXISTS\b"
    r"|\bduplicate_(object|table|column|schema|function)\b",
    re.I,
)


def _inspects_database(tree: ast.AST) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(map(_is_inspection_call, calls)) or any(
        map(_INSPECTION_SQL.search, _string_literals(tree))
    )


def _is_inspection_call(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    asked = {each.arg for each in call.keywords}
    return bool(_INSPECTION_FUNCTION.fullmatch(name) or asked & {"if_exists", "if_not_exists"})


# As a statement begins, in a text or in a DO block of one; USER MAPPING is a database's own.
_CLUSTER_WIDE = re.compile(
    r"""(?:^|[;'$(]|\b(?:BEGIN|THEN|ELSE|LOOP)\b)\s*(?:
    (?:CREATE|ALTER|DROP)\s+(?:ROLE|GROUP|TABLESPACE|USER(?!\s+MAPPING\b))
    | (?:CREATE|DROP)\s+DATABASE)\b""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def _string_literals(tree: ast.AST) -> Iterator[str]:
    """Every text in a file that is no docstring."""
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in idle:
            yield node.value


def _downgrade_kind(function: ast.FunctionDef | None, *, declared: bool) -> Downgrade:
    if declared:
        return Downgrade.ONE_WAY
    if function is None:
        return Downgrade.MISSING
    work = _effective_statements(function.body)
    if not work:
        return Downgrade.EMPTY
    if any(isinstance(node, ast.Raise) for node in work):
        return Downgrade.ONE_WAY
    return Downgrade.REAL


def _declares(body: Iterable[ast.stmt], name: str) -> bool:
    """`irreversible = True` at the top of the file, or another `name`, annotated or not."""
    for node in body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        named = any(isinstance(each, ast.Name) and each.id == name for each in targets)
        if named and isinstance(node.value, ast.Constant) and node.value.value is True:
            return True
    return False


def _effective_statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements that do something: no docstring, `pass`, `...` or bare return."""
    return [node for node in body if not _has_no_effect(node)]


def _has_no_effect(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return False
