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
from alembic_rehearsal.core.history.self_contained import leanings, stands_alone


@dataclass(frozen=True, slots=True)
class Source:
    """What one revision file says of its own two functions.

    `line` is where `downgrade` begins, 1 where the file has none.  `looks` says that its
    way up asks the database what is there: by SQLAlchemy's inspector, the catalogs, IF EXISTS
    or what is named like a question ("column_exists"); what declares `baseline = True` begins
    with nothing and asks for nothing.  `leans` is what else than the database it leans on.
    `cluster_wide` says that a text in it is SQL for roles, tablespaces or databases; what other
    files bring is only seen when it runs.  `refusals` are the lines of the `raise` statements in
    `downgrade`.  `stands_alone` says that all of it is in this file, as far as that can be seen.
    """

    downgrade: Downgrade
    upgrades: bool
    line: int
    looks: bool = False
    leans: tuple[OutsideUse, ...] = ()
    cluster_wide: bool = False
    refusals: tuple[int, ...] = ()
    stands_alone: bool = False


def read_source(
    path: Path, roots: Collection[Path] = (), apart_from: Collection[Path] = ()
) -> Source:
    """Parse a revision file; one that this Python cannot parse counts as real both ways.

    Its own interpreter has loaded it by then, so newer syntax is no fault of the file.
    `roots` are where the application is imported from, `apart_from` the migrations' own folders.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError:
        return Source(Downgrade.REAL, upgrades=True, line=1)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    down = functions.get("downgrade")
    up = functions.get("upgrade")
    return Source(
        downgrade=_kind_of(down, declared=_declares(tree.body, "irreversible")),
        upgrades=up is not None and bool(_working(up.body)),
        line=down.lineno if down else 1,
        looks=not _declares(tree.body, "baseline")
        and any(_looks(node) for node in tree.body if node is not down),
        leans=leanings(tree, roots, apart_from),
        cluster_wide=any(_CLUSTER_WIDE.search(text) for text in _texts(tree)),
        refusals=tuple(_refusals(down)) if down else (),
        stands_alone=stands_alone(tree, roots),
    )


def _refusals(function: ast.FunctionDef) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.Raise):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


# Functions of SQLAlchemy's inspector, and what a project's own are called.
_QUESTION = re.compile(
    r"inspect|get_table_names|_?has_\w+|\w+_exists|exists_\w+|\w+_if_missing", re.I
)
_ASKS = re.compile(
    r"information_schema|pg_catalog|\bpg_class\b|to_regclass|\bIF\s+(NOT\s+)?EXISTS\b"
    r"|\bduplicate_(object|table|column|schema|function)\b",
    re.I,
)


def _looks(tree: ast.AST) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(map(_is_question, calls)) or any(map(_ASKS.search, _texts(tree)))


def _is_question(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    asked = {each.arg for each in call.keywords}
    return bool(_QUESTION.fullmatch(name) or asked & {"if_exists", "if_not_exists"})


# As a statement begins, in a text or in a DO block of one; USER MAPPING is a database's own.
_CLUSTER_WIDE = re.compile(
    r"""(?:^|[;'$(]|\b(?:BEGIN|THEN|ELSE|LOOP)\b)\s*(?:
    (?:CREATE|ALTER|DROP)\s+(?:ROLE|GROUP|TABLESPACE|USER(?!\s+MAPPING\b))
    | (?:CREATE|DROP)\s+DATABASE)\b""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text in a file that is no docstring."""
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in idle:
            yield node.value


def _kind_of(function: ast.FunctionDef | None, *, declared: bool) -> Downgrade:
    if declared:
        return Downgrade.ONE_WAY
    if function is None:
        return Downgrade.MISSING
    work = _working(function.body)
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


def _working(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements that do something: no docstring, `pass`, `...` or bare return."""
    return [node for node in body if not _is_idle(node)]


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return False
