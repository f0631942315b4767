"""The project's own Python files: which are imported, and which seem to define models.

Reads and parses only; `unimported.py` imports them.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

_SKIPPED = frozenset(("test", "tests", "migrations", "versions", "alembic", "node_modules"))
_MODEL_HINTS = ("__tablename__", "__table__", "Table(")


def own_modules(folder: str) -> dict[str, ModuleType]:
    """The imported modules whose files lie in the project's folder, by name."""
    found = {}
    for name, module in list(sys.modules.items()):
        path = file_of(module)
        if path.startswith(folder + os.sep) and not is_installed(path):
            found[name] = module
    return found


def file_of(module: ModuleType) -> str:
    path = getattr(module, "__file__", None)
    return os.path.realpath(path) if isinstance(path, str) else ""


def is_installed(path: str) -> bool:
    """Whether a file or folder is of Python itself or an installed package.

    The path decides, because an environment may be inside the project's folder.
    """
    standard = os.path.realpath(str(Path(os.__file__).parent))
    is_package = "site-packages" in path or "dist-packages" in path
    return is_package or path == standard or path.startswith(standard + os.sep)


def unimported_files(root: str, excluded: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Module name and path of each file of the package `root` that nothing has imported.

    If `root` is a module and no package, the files in its folder.  Files in the folders
    `excluded` are left out.  Raises `ImportError` when there is no `root`.
    """
    spec = importlib.util.find_spec(root)
    if spec is None:
        raise ImportError(f"there is no package {root}")
    imported = {file_of(module) for module in list(sys.modules.values())}
    for name, path in _module_files(root, spec):
        is_known = name in sys.modules or path in imported
        if not is_known and not path.startswith(tuple(each + os.sep for each in excluded)):
            yield name, path


def _module_files(root: str, spec: Any) -> Iterator[tuple[str, str]]:
    if spec.submodule_search_locations is None:
        folder = Path(spec.origin).resolve().parent
        for path in sorted(folder.glob("*.py")):
            yield from _module_of("", folder, path)
        return
    for location in spec.submodule_search_locations:
        folder = Path(location).resolve()
        for below, folders, names in os.walk(folder):
            folders[:] = sorted(
                each for each in folders if each not in _SKIPPED and each.isidentifier()
            )
            for name in sorted(names):
                if name.endswith(".py"):
                    yield from _module_of(root, folder, Path(below, name))


def _module_of(root: str, folder: Path, path: Path) -> Iterator[tuple[str, str]]:
    """Module name and path of a file, if it can be imported by name and is no test."""
    parts = list(path.relative_to(folder).with_suffix("").parts)
    is_test = parts[-1].startswith("test_") or parts[-1].endswith("_test")
    if is_test or parts[-1] in ("conftest", "setup", "__main__"):
        return
    if parts[-1] == "__init__":
        parts.pop()
    if all(each.isidentifier() for each in parts):
        yield ".".join([root, *parts] if root else parts), os.path.realpath(path)


def first_model_line(path: str, bases: Iterable[str]) -> int:
    """The line of the first code in a file that seems to define a table, 0 if there is none."""
    try:
        text = Path(path).read_text("utf-8")
        if not any(each in text for each in (*_MODEL_HINTS, *bases)):
            return 0
        nodes: Iterable[Any] = ast.walk(ast.parse(text))
        lines = [node.lineno for node in nodes if _is_model(node, set(bases))]
    except (OSError, SyntaxError, ValueError):
        return 0
    return min(lines, default=0)


def _is_model(node: Any, bases: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return _last_name(node.func) == "Table"
    if not isinstance(node, ast.ClassDef):
        return False
    named = {"__tablename__", "__table__"}
    return any(_last_name(base) in bases for base in node.bases) or any(
        named & set(_bound_names(each)) for each in node.body
    )


def _bound_names(node: Any) -> Iterator[str]:
    """The names that a statement in a class body defines."""
    if isinstance(node, ast.FunctionDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    yield from (each.id for each in targets if isinstance(each, ast.Name))


def _last_name(node: Any) -> str:
    if isinstance(node, ast.Subscript):  # Base[int]
        return _last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def table_line(path: str, class_name: str, table: str) -> int:
    """The line of a class or a `Table("name", ...)` in a file, 0 when it is not found."""
    try:
        tree = ast.parse(Path(path).read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            return node.lineno
        if isinstance(node, ast.Call) and _last_name(node.func) == "Table":
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and first.value == table:
                return node.lineno
    return 0


def imports_in(path: str) -> list[str]:
    """The names of the modules that a file imports; of `from a import b` both `a` and `a.b`."""
    names = []
    for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return names
