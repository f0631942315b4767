"""The floors of the library, enforced on its source; nothing is imported to find out."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "alembic_rehearsal"

# A room is a module or a package directly under src/alembic_rehearsal.  It may import the
# rooms of rows further up in this table, and its own package; nothing in its own row or below.
FLOORS = (
    ("words", "errors"),
    ("words", "urls", "phrases"),
    ("words", "words", "walks", "findings", "revisions"),
    ("words", "settings", "picture", "difference", "orders", "literals"),
    ("words", "objects", "points"),
    ("words", "locked"),
    ("words", "facts", "distances"),
    ("words", "addresses", "edits", "likeness", "squashes", "drifted"),
    ("words", "standing"),
    ("words", "refusals"),
    ("words", "plans"),
    ("ground", "connecting", "dotenv", "leanings", "meanings", "psql"),
    ("ground", "servers", "databases", "contents", "project", "sessions", "waits"),
    ("doing", "history", "schema", "stamps", "turns", "cluster", "placing", "provenance"),
    (
        "doing",
        "drive",
        "bootstrap",
        "lockfile",
        "snapshots",
        "reference",
        "restoring",
        "looks",
        "unversioned",
        "deployment",
        "development",
        "cure",
        "expressible",
    ),
    ("doing", "modelled"),
    ("doing", "crew", "lineages", "taking", "beside", "seeding", "baseline"),
    ("doing", "ladder"),
    ("doing", "building", "stamped"),
    ("doing", "recording", "modelling"),
    ("doing", "curing"),
    ("acts", "acts"),
    ("judging and telling", "checks", "report"),
    ("story", "performing", "upgrading", "proving", "deciding"),
    ("story", "staging"),
    (
        "story",
        "rehearse",
        "merge",
        "initialize",
        "develop",
        "capture",
        "verify",
        "schemas",
        "migrated",
        "locking",
        "identify",
        "drift",
    ),
    ("story", "collected", "squash"),
    ("door", "cli", "init_cli", "pytest_plugin"),
    ("door", "__main__", "__init__"),
)
STORY = next(level for level, (name, *_) in enumerate(FLOORS) if name == "story")
LEVEL = {room: level for level, (_, *rooms) in enumerate(FLOORS) for room in rooms}

DOORS = ("cli/", "init_cli.py", "pytest_plugin/", "__main__.py")
CHILD = "project/child/"  # a program of its own, fed to the project's interpreter
MAY_PRINT = (*DOORS, CHILD)
MAY_EXIT = (*DOORS, CHILD)
MAY_READ_ENVIRONMENT = ("settings/environment.py", CHILD)

PRINTS = frozenset({"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"})
EXITS = frozenset({"exit", "quit", "sys.exit", "os._exit", "typer.Exit", "SystemExit"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})
OUTSIDE = frozenset({"alembic", "sqlalchemy", "psycopg2", "docker", "subprocess", "socket"})
VAGUE = frozenset({"manager", "helper", "helpers", "util", "utils", "base", "handler", "process"})


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a package: `path` is relative to the package's folder."""

    path: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def level(self) -> int:
        return LEVEL.get(self.room, STORY)


def sources(folder: Path) -> list[Source]:
    return [
        Source(path.relative_to(folder).as_posix(), ast.parse(path.read_text(), str(path)))
        for path in sorted(folder.rglob("*.py"))
    ]


def unplaced_rooms(folder: Path) -> list[str]:
    """Rooms that stand on no floor: misnamed, or not yet in the table."""
    return sorted({source.room for source in sources(folder)} - set(LEVEL))


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


def upward_imports(folder: Path) -> list[str]:
    """Imports of a room on the importer's own floor or above it."""
    found = []
    for source in sources(folder):
        for line, name in imports(source):
            package, _, rest = name.partition(".")
            room = rest.split(".")[0]
            if package != PACKAGE or room in {source.room, "__version__"}:
                continue
            if LEVEL.get(room, STORY) >= source.level:
                found.append(f"{source.path}:{line} imports {name}")
    return found


def foreign_imports(folder: Path) -> list[str]:
    """Imports on the words floor of anything but the standard library."""
    allowed = sys.stdlib_module_names | {PACKAGE}
    return [
        f"{source.path}:{line} imports {name}"
        for source in sources(folder)
        if FLOORS[source.level][0] == "words"
        for line, name in imports(source)
        if name.split(".")[0] not in allowed
    ]


def impure_imports(folder: Path) -> list[str]:
    """Imports of the judging and telling rooms that could reach a database or a project."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in sources(folder)
        if FLOORS[source.level][0] == "judging and telling"
        for line, name in imports(source)
        if reaches(name, source.room)
    ]


def reaches(name: str, own_room: str) -> bool:
    package, room, *_ = (*name.split("."), "")
    if package != PACKAGE:
        return package in OUTSIDE
    return room != own_room and FLOORS[LEVEL.get(room, STORY)][0] != "words"


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


LIBRARY = ROOT / "src" / PACKAGE
APPLICATION = ROOT / "src" / "api"


def test_every_room_stands_on_a_floor_and_every_place_is_taken() -> None:
    assert unplaced_rooms(LIBRARY) == []
    assert {source.room for source in sources(LIBRARY)} == set(LEVEL)


def test_imports_go_only_down() -> None:
    assert upward_imports(LIBRARY) == []


def test_imports_are_absolute() -> None:
    assert relative_imports(LIBRARY) == []


def test_the_words_floor_stands_on_the_standard_library_alone() -> None:
    assert foreign_imports(LIBRARY) == []


def test_checks_and_reports_reach_nothing() -> None:
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
