"""What a revision's source means, as hashes: the same for the same code, however it is written.

Parses and never imports; which revisions there are is not known here.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Where a revision stands is kept beside its meaning: renamed or moved, it means the same.  What
# it declares to a rehearsal makes nothing, and may be added to what was applied long ago.
_IDENTIFIERS = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})
_DECLARED = frozenset({"irreversible", "data_loss", "baseline"})
_DIGITS = 16


def hash_source(path: Path) -> SourceHash | None:
    """The meaning of a revision file, None for one that this Python cannot parse.

    Formatting, comments, docstrings, annotations and imports that nothing uses do not count,
    nor does the Python that parses: fields that one version has and another lacks are empty in
    both.
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
    """What is imported and used, one name a statement, in an order of its own."""
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
    """A node, a list of them or a constant, by what it is and nothing of where it stands."""
    if isinstance(value, ast.AST):
        fields = (
            (name, each) for name, each in ast.iter_fields(value) if name not in _IGNORED_FIELDS
        )
        said = (
            f"{name}={_canonical_text(each)}" for name, each in fields if each not in (None, [])
        )
        return f"{type(value).__name__}({','.join(said)})"
    if isinstance(value, list):
        return f"[{','.join(_canonical_text(each) for each in value if not _is_docstring(each))}]"
    return repr(value)


def _is_docstring(node: object) -> bool:
    """A text or `...` by itself: it does nothing, wherever it stands."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@dataclass(frozen=True, slots=True)
class SourceHash:
    """What a revision's source says, as hashes: formatting and comments do not count.

    `rest` is what both functions may use: the top of the module, without the ids.
    """

    upgrade: str
    downgrade: str
    rest: str
