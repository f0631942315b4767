"""Hashes of a revision's source: equal for equal code, whatever its formatting.

Parses one file and never imports it; knows nothing of the other revisions.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Left out of the hashes.  The ids, because the lock file records them separately: a revision
# that got another id or parent has the same hash.  The declarations for a rehearsal, because
# they change no schema and may be added to a revision that was applied long ago.
_IDENTIFIERS = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})
_DECLARED = frozenset({"irreversible", "data_loss", "baseline"})
_DIGITS = 16


def hash_source(path: Path) -> SourceHash | None:
    """The hashes of a revision file, None if this Python cannot parse it.

    Formatting, comments, docstrings, annotations and unused imports do not count.  Every
    Python version gives the same hashes: empty fields of the syntax tree are left out, so a
    field that only newer versions have makes no difference.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError):
        return None
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    own = {name: functions.get(name) for name in ("upgrade", "downgrade")}
    rest = [
        node
        for node in tree.body
        if not (node in own.values() or _is_declaration(node) or _is_docstring(node))
    ]
    return SourceHash(
        upgrade=_hash([own["upgrade"]]),
        downgrade=_hash([own["downgrade"]]),
        rest=_hash([*_used_imports(rest, tree), *(each for each in rest if not _is_import(each))]),
    )


def _used_imports(body: Iterable[ast.stmt], tree: ast.Module) -> list[ast.stmt]:
    """The imports that are used, one name per statement, sorted by their text."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found: list[ast.stmt] = []
    for node in body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for each in node.names:
            if (each.asname or each.name).split(".")[0] not in used:
                continue
            if isinstance(node, ast.Import):
                found.append(ast.Import([each]))
            else:
                found.append(ast.ImportFrom(node.module, [each], node.level))
    return sorted(found, key=_canonical_text)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_declaration(node: ast.stmt) -> bool:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return any(
        isinstance(each, ast.Name) and each.id in _IDENTIFIERS | _DECLARED for each in targets
    )


def _hash(nodes: Iterable[ast.AST | None]) -> str:
    text = "\n".join(_canonical_text(node) for node in nodes if node is not None)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS] if text else ""


_IGNORED_FIELDS = frozenset({"annotation", "returns", "type_comment", "kind", "ctx", "type_params"})


def _canonical_text(value: object) -> str:
    """The text of a node, a list of nodes or a constant, without line and column numbers."""
    if isinstance(value, ast.AST):
        fields = (
            (name, each) for name, each in ast.iter_fields(value) if name not in _IGNORED_FIELDS
        )
        texts = (
            f"{name}={_canonical_text(each)}" for name, each in fields if each not in (None, [])
        )
        return f"{type(value).__name__}({','.join(texts)})"
    if isinstance(value, list):
        return f"[{','.join(_canonical_text(each) for each in value if not _is_docstring(each))}]"
    return repr(value)


def _is_docstring(node: object) -> bool:
    """Whether a node is a constant as a statement, such as a docstring or `...`: no effect."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@dataclass(frozen=True, slots=True)
class SourceHash:
    """The hashes of a revision's source, "" for a part that is missing.

    `upgrade` and `downgrade` are those of its two functions; `rest` is that of the rest of the
    module, which both may use, without the ids.
    """

    upgrade: str
    downgrade: str
    rest: str
