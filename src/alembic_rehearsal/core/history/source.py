"""One revision file, read from its source: what its functions do and what they use.

The file is parsed, never imported; Alembic's own view of it comes from `core/project/history.py`.
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
    """What the source of one revision file shows.

    Of its functions:

    - `downgrade`, `has_upgrade`: what kind of `downgrade` it has; whether `upgrade` does anything.
    - `line`: where `downgrade` begins, from 1; 1 if the file has none.
    - `raise_lines`: the lines of the `raise` statements in `downgrade`.

    Of the whole file:

    - `inspects_database`: whether anything but `downgrade` inspects the database: through
      SQLAlchemy's inspector, the catalogs, IF EXISTS, or a function with a name such as
      "column_exists".  False for a file that declares `baseline = True`: it starts from an
      empty database.
    - `outside_uses`: what it uses outside the database.
    - `cluster_wide`: whether one of its strings is SQL for roles, tablespaces or databases.
      SQL that comes from other files is seen only when it runs.
    - `is_self_contained`: whether it uses nothing outside the database and reads no other
      file, as far as the source shows.
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
    """Parse a revision file.

    `roots` are the folders that the application is imported from, `migration_folders` those of
    the migrations.  A file that this Python cannot parse counts as one with a real upgrade and
    a real downgrade: the project's interpreter has loaded it, so its syntax is only newer.
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


# Functions of SQLAlchemy's inspector, and usual names of a project's own functions.
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
    options = {each.arg for each in call.keywords}
    return bool(_INSPECTION_FUNCTION.fullmatch(name) or options & {"if_exists", "if_not_exists"})


# At the beginning of a statement, also inside a DO block; a USER MAPPING belongs to one database.
_CLUSTER_WIDE = re.compile(
    r"""(?:^|[;'$(]|\b(?:BEGIN|THEN|ELSE|LOOP)\b)\s*(?:
    (?:CREATE|ALTER|DROP)\s+(?:ROLE|GROUP|TABLESPACE|USER(?!\s+MAPPING\b))
    | (?:CREATE|DROP)\s+DATABASE)\b""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def _string_literals(tree: ast.AST) -> Iterator[str]:
    """Every string in a file, except docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
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
    """Whether the top of the file assigns True to `name`, with an annotation or without."""
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
    """The statements that do something: not docstrings, `pass`, `...` or returns of a constant."""
    return [node for node in body if not _has_no_effect(node)]


def _has_no_effect(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return False
