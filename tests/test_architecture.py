"""The floors of the library, enforced on its source; nothing is imported to find out."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "alembic_rehearsal"

# A room is a folder of src/alembic_rehearsal.  Its files may import each other, and the rooms of
# rows further up in this table; nothing of another room in its own row or below.
FLOORS = (
    ("core/values",),
    ("core/settings", "core/history"),
    ("core/postgres",),
    ("core/postgres/programs",),
    ("core/postgres/servers",),
    ("core/schema/catalog",),
    ("core/schema",),
    ("core/rows", "core/project"),
    ("snapshot", "authoring"),
    ("building",),
    ("lockfile", "drift", "development"),
    ("rehearsal/facts",),
    ("rehearsal/checks", "rehearsal/report", "rehearsal/runner"),
    ("rehearsal/judging", "rehearsal/experiments"),
    ("identify", "squash", "rehearsal"),
    ("deploy", "pytest_plugin"),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
# What only thinks: nothing that it imports, however far, reaches out.
PURE = (
    "core/values/*",
    "core/history/*",
    "authoring/*",
    "rehearsal/facts/*",
    "rehearsal/checks/*",
    "rehearsal/judging/*",
    "rehearsal/report/*",
    "building/start.py",
    "*/values.py",
    "*/report.py",
)

DOORS = ("cli/", "pytest_plugin/", "__main__.py")
CHILD = "core/project/child/"  # a program of its own, fed to the project's interpreter
MAY_PRINT = (*DOORS, CHILD)
MAY_EXIT = (*DOORS, CHILD)
MAY_READ_ENVIRONMENT = ("core/settings/environment.py", CHILD)

PRINTS = frozenset({"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"})
EXITS = frozenset({"exit", "quit", "sys.exit", "os._exit", "typer.Exit", "SystemExit"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})
OUTSIDE = frozenset({"subprocess", "socket"})  # of the standard library; all else is outside, too
OURS = sys.stdlib_module_names | {PACKAGE}
VAGUE = frozenset({"manager", "helper", "helpers", "util", "utils", "base", "handler", "process"})


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a package: `path` is relative to the package's folder."""

    path: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return room_of(self.path)

    @property
    def module(self) -> str:
        return ".".join((PACKAGE, *self.path.removesuffix(".py").split("/"))).removesuffix(
            ".__init__"
        )


def room_of(path: str) -> str:
    """The deepest folder of the table that a path is in; the path itself where none is."""
    found = [each for each in LEVEL if path.startswith(f"{each}/")]
    return max(found, key=len, default=path)


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def sources(folder: Path) -> list[Source]:
    return [
        Source(path.relative_to(folder).as_posix(), parsed(path.read_text()))
        for path in sorted(folder.rglob("*.py"))
    ]


def unplaced_rooms(folder: Path) -> list[str]:
    """Files in no room of the table, but for the package's own two."""
    own = {"__init__.py", "__main__.py", "core/__init__.py", CHILD.rstrip("/")}
    return sorted({each.room for each in sources(folder)} - set(LEVEL) - own)


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every import with its line as a dotted name, those inside functions included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            before = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{before}.{each.name}") for each in node.names)


def uses(source: Source) -> Iterator[tuple[int, str]]:
    """Every dotted name in the code with its line, by the name it was imported from."""
    real = {
        each.asname or each.name: f"{node.module}.{each.name}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            yield node.lineno, real.get(first, first) + dot + rest


def reached(folder: Path) -> dict[str, dict[str, int]]:
    """By module what it imports of this package, as modules, each with a line."""
    modules = {each.module for each in sources(folder)}
    found: dict[str, dict[str, int]] = {}
    for source in sources(folder):
        own = found.setdefault(source.module, {})
        for line, name in imports(source):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target != source.module:
                own[target] = line
    return found


def upward_imports(folder: Path) -> list[str]:
    """Imports of a room on the importer's own floor or above it."""
    path = {each.module: each.path for each in sources(folder)}
    return [
        f"{path[module]}:{line} imports {target}"
        for module, targets in reached(folder).items()
        for target, line in targets.items()
        if (own := room_of(path[module])) != (other := room_of(path[target]))
        and LEVEL.get(other, -1) >= LEVEL.get(own, len(FLOORS))
    ]


def is_pure(path: str) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in PURE)


def impure_imports(folder: Path) -> list[str]:
    """What only thinks, and imports more than the standard library, itself or by another module."""
    graph = reached(folder)
    outside = {
        each.module: name
        for each in sources(folder)
        for _, name in imports(each)
        if name.split(".")[0] not in OURS - OUTSIDE
    }
    found = []
    for source in sources(folder):
        if is_pure(source.path):
            seen, waiting = {source.module}, [source.module]
            while waiting:
                for each in graph[waiting.pop()].keys() - seen:
                    seen.add(each)
                    waiting.append(each)
            found += [
                f"{source.path} reaches {outside[each]} by {each}"
                for each in sorted(seen & outside.keys())
            ]
    return found


def uses_outside(folder: Path, names: frozenset[str], allowed: tuple[str, ...]) -> list[str]:
    """Uses of `names` in files that are not `allowed` to: paths, or folders with a slash."""
    folders = tuple(each for each in allowed if each.endswith("/"))
    return [
        f"{source.path}:{line} uses {name}"
        for source in sources(folder)
        if source.path not in allowed and not source.path.startswith(folders)
        for line, name in uses(source)
        if name in names
    ]


def crossings_of_the_pipe(folder: Path) -> list[str]:
    """Imports between the child, which has only what the project has, and the rest of us."""
    child = f"{PACKAGE}.{CHILD.strip('/').replace('/', '.')}"
    return [
        f"{source.path}:{line} imports {name}"
        for source in sources(folder)
        for line, name in imports(source)
        if name.startswith(PACKAGE) and name != f"{child}.PARTS"
        if name.startswith(f"{child}.") != source.path.startswith(CHILD)
    ]


def imports_of(folder: Path, package: str) -> list[str]:
    return [
        f"{source.path}:{line} imports {name}"
        for source in sources(folder)
        for line, name in imports(source)
        if name.split(".")[0] == package
    ]


def relative_imports(folder: Path) -> list[str]:
    return [
        f"{source.path}:{line} imports {name}"
        for source in sources(folder)
        for line, name in imports(source)
        if name.startswith(".")
    ]


def vague_names(folder: Path) -> list[str]:
    """Modules and classes named for what everything does."""
    found = []
    for source in sources(folder):
        classes = [node.name for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)]
        for name in (*source.path.removesuffix(".py").split("/"), *classes):
            if VAGUE & set(name.lower().split("_")):
                found.append(f"{source.path}: {name}")
    return found


def folders_on_one_side(library: Path, tests: Path) -> list[str]:
    """Folders of tests without such a folder of source, and rooms that no folder tests."""
    sides = [folder for name in ("unit", "postgres") if (folder := tests / name).is_dir()]
    tested = {
        path.parent.relative_to(side).as_posix()
        for side in sides
        for path in side.rglob("test_*.py")
    }
    here = {each.path.rpartition("/")[0] for each in sources(library)}
    return sorted(
        [f"tests of {folder}, which is no folder of the library" for folder in tested - here]
        + [f"no tests of {room}" for room in here & set(LEVEL) - tested]
    )


LIBRARY = ROOT / "src" / PACKAGE
APPLICATION = ROOT / "src" / "api"


def test_every_file_is_in_a_room_and_every_room_is_there() -> None:
    assert unplaced_rooms(LIBRARY) == []
    assert {each.room for each in sources(LIBRARY)} >= set(LEVEL)


def test_tests_lie_in_the_folders_of_the_source() -> None:
    assert folders_on_one_side(LIBRARY, ROOT / "tests") == []


def test_imports_go_only_down() -> None:
    assert upward_imports(LIBRARY) == []


def test_imports_are_absolute() -> None:
    assert relative_imports(LIBRARY) == []


def test_what_only_thinks_reaches_nothing() -> None:
    assert impure_imports(LIBRARY) == []


def test_only_the_doors_print() -> None:
    assert uses_outside(LIBRARY, PRINTS, MAY_PRINT) == []


def test_only_the_doors_exit() -> None:
    assert uses_outside(LIBRARY, EXITS, MAY_EXIT) == []


def test_one_place_reads_the_environment() -> None:
    assert uses_outside(LIBRARY, ENVIRONMENT, MAY_READ_ENVIRONMENT) == []


def test_the_child_shares_no_module_with_us() -> None:
    assert (LIBRARY / CHILD).is_dir()
    assert crossings_of_the_pipe(LIBRARY) == []


def test_names_say_what_a_thing_is() -> None:
    assert vague_names(LIBRARY) == []


def test_the_application_and_the_library_do_not_know_each_other() -> None:
    assert sources(APPLICATION) != []
    assert imports_of(APPLICATION, PACKAGE) == []
    assert imports_of(LIBRARY, "api") == []


def test_the_migrations_folder_cannot_shadow_alembic() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_the_wheel_holds_the_library_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith(f"{PACKAGE}/{CHILD}") for name in names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {PACKAGE}
