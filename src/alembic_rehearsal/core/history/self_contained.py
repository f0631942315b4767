"""What a revision uses outside the database: application, clock, random values, environment.

Read from its source alone; nothing is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.history.revisions import OutsideUse

# A project's migrations are often in a folder called alembic, which is not the package.
_NEVER_APPLICATION = sys.stdlib_module_names | {"alembic", "sqlalchemy"}
_OUTSIDE_CALLS = frozenset(
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
_FILE_READS = frozenset(
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
_RANDOM_MODULES = ("random.", "secrets.")
_SEEDED = frozenset({"random.Random", "random.seed"})  # with an argument: the same every time


def find_outside_uses(
    tree: ast.Module, roots: Collection[Path], migration_folders: Collection[Path]
) -> tuple[OutsideUse, ...]:
    """What a revision's source uses outside the database, by line.

    `roots` are the folders that the application is imported from; a module in one of
    `migration_folders` belongs to the migrations and does not count.
    """
    nodes = list(_executed_nodes(tree))
    names = dict(_imported_names(nodes))
    found = {
        *_application_imports(nodes, roots, migration_folders),
        *(use for node in nodes for use in _environment_uses(node, names)),
    }
    return tuple(sorted(found, key=lambda each: (each.line, each.text)))


def needs_only_its_source(tree: ast.Module, roots: Collection[Path]) -> bool:
    """Whether a revision's source is all that it needs: no outside use, no other file.

    A module of the migrations counts as another file, too.
    """
    nodes = list(_executed_nodes(tree))
    return not find_outside_uses(tree, roots, ()) and not any(map(_uses_another_file, nodes))


def _uses_another_file(node: Any) -> bool:
    """Whether this call has the name of a function that reads a file, or is a relative import."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name in _FILE_READS
    return isinstance(node, ast.ImportFrom) and bool(node.level)


def _executed_nodes(tree: ast.AST) -> Iterator[Any]:
    """Every node except those under `if TYPE_CHECKING`, which never run."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def _imported_names(nodes: Collection[Any]) -> Iterator[tuple[str, str]]:
    """Each imported name with its full dotted name: ("dt", "datetime.datetime")."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                yield (each.asname, each.name) if each.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


# --- the application ---------------------------------------------------------------------


def _application_imports(
    nodes: Collection[Any], roots: Collection[Path], migration_folders: Collection[Path]
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
        for module, full_name in modules:
            if _is_of_application(full_name, roots, migration_folders):
                yield OutsideUse(node.lineno, f"imports {module}")


def _is_of_application(
    name: str, roots: Collection[Path], migration_folders: Collection[Path]
) -> bool:
    """Whether a dotted name belongs to the application.

    The longest leading part of it that has a file below `roots` decides.
    """
    parts = name.split(".")
    if parts[0] in _NEVER_APPLICATION:
        return False
    for count in range(len(parts), 0, -1):
        for root in roots:
            place = root.joinpath(*parts[:count])
            for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                if path.is_file():
                    return not any(path.is_relative_to(folder) for folder in migration_folders)
    return False


# --- clock, random values, environment ---------------------------------------------------


def _environment_uses(node: Any, names: dict[str, str]) -> Iterator[OutsideUse]:
    if isinstance(node, ast.Call):
        name = _dotted_name(node.func, names)
        is_seeded = name in _SEEDED and bool(node.args)
        if name in _OUTSIDE_CALLS or (name.startswith(_RANDOM_MODULES) and not is_seeded):
            yield OutsideUse(node.lineno, f"calls {ast.unparse(node.func)}()")
    elif isinstance(node, ast.Attribute | ast.Name) and _dotted_name(node, names) in _ENVIRONMENT:
        yield OutsideUse(node.lineno, f"reads {ast.unparse(node)}")


def _dotted_name(node: ast.expr, names: dict[str, str]) -> str:
    """The full dotted name of an expression, "" if it does not begin with an imported name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _dotted_name(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""
