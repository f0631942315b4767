"""What a revision leans on beside the database: application, clock, chance, environment.

Read from its source alone; nothing is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.history.revisions import OutsideUse

# A folder of migrations is often called alembic, and so would be found by that name.
_NEVER_OURS = sys.stdlib_module_names | {"alembic", "sqlalchemy"}
_CALLS = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "getpass.getuser",
        "os.getenv",
        "os.urandom",
        "platform.node",
        "socket.gethostname",
        "time.gmtime",
        "time.localtime",
        "time.strftime",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
_READS = frozenset(
    {
        "exec_module",
        "get_data",
        "getlines",
        "glob",
        "import_module",
        "iterdir",
        "listdir",
        "open",
        "open_text",
        "read_bytes",
        "read_text",
        "rglob",
        "run_path",
        "scandir",
    }
)
_ENVIRONMENT = frozenset({"os.environ", "os.environb"})
_CHANCE = ("random.", "secrets.")
_SEEDED = frozenset({"random.Random", "random.seed"})  # with an argument: the same every time


def leanings(
    tree: ast.Module, roots: Collection[Path], apart_from: Collection[Path]
) -> tuple[OutsideUse, ...]:
    """What a revision's source leans on, by line.

    `roots` are the folders that the application is imported from; what lies in
    `apart_from` belongs to the migrations themselves.
    """
    nodes = list(_run(tree))
    names = dict(_imported(nodes))
    found = {
        *_applications(nodes, roots, apart_from),
        *(leaning for node in nodes for leaning in _surroundings(node, names)),
    }
    return tuple(sorted(found, key=lambda each: (each.line, each.text)))


def stands_alone(tree: ast.Module, roots: Collection[Path]) -> bool:
    """Whether all that a revision does is in its source: it leans on nothing, reads no file.

    A module of the migrations themselves is another file, too.
    """
    nodes = list(_run(tree))
    return not leanings(tree, roots, ()) and not any(map(_is_elsewhere, nodes))


def _is_elsewhere(node: Any) -> bool:
    """Whether this reads a file, as far as its name says so, or imports its neighbour."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name in _READS
    return isinstance(node, ast.ImportFrom) and bool(node.level)


def _run(tree: ast.AST) -> Iterator[Any]:
    """Every node but for what stands under `if TYPE_CHECKING`, which never runs."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def _imported(nodes: Collection[Any]) -> Iterator[tuple[str, str]]:
    """What each imported name stands for: ("dt", "datetime.datetime")."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                yield (each.asname, each.name) if each.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


# --- the application ---------------------------------------------------------------------


def _applications(
    nodes: Collection[Any], roots: Collection[Path], apart_from: Collection[Path]
) -> Iterator[OutsideUse]:
    for node in nodes:
        if isinstance(node, ast.Import):
            modules = [(each.name, each.name) for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [(node.module, f"{node.module}.{each.name}") for each in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            named = [each.value for each in node.args[:1] if isinstance(each, ast.Constant)]
            modules = [(each, each) for each in named if isinstance(each, str)]
        else:
            continue
        for module, whole in modules:
            if _is_of_application(whole, roots, apart_from):
                yield OutsideUse(node.lineno, f"imports {module}")


def _is_of_application(name: str, roots: Collection[Path], apart_from: Collection[Path]) -> bool:
    """Whether the file behind a dotted name, or the last part of it that has one, is theirs."""
    parts = name.split(".")
    if parts[0] in _NEVER_OURS:
        return False
    for count in range(len(parts), 0, -1):
        for root in roots:
            place = root.joinpath(*parts[:count])
            for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                if path.is_file():
                    return not any(path.is_relative_to(folder) for folder in apart_from)
    return False


# --- clock, chance, environment ----------------------------------------------------------


def _surroundings(node: Any, names: dict[str, str]) -> Iterator[OutsideUse]:
    if isinstance(node, ast.Call):
        name = _meaning(node.func, names)
        is_seeded = name in _SEEDED and bool(node.args)
        if name in _CALLS or (name.startswith(_CHANCE) and not is_seeded):
            yield OutsideUse(node.lineno, f"calls {ast.unparse(node.func)}()")
    elif isinstance(node, ast.Attribute | ast.Name) and _meaning(node, names) in _ENVIRONMENT:
        yield OutsideUse(node.lineno, f"reads {ast.unparse(node)}")


def _meaning(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name that an expression means, "" where it is none that was imported."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _meaning(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""
