"""Rules for the child's source: old syntax, no imports of ours but its own, sent in order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alembic_rehearsal.core.project import child
from alembic_rehearsal.core.project.interpreter import _CHILD_MODULES

PACKAGE = child.__name__
FOLDER = Path(child.__file__).parent
MODULES = {path.stem: path.read_text() for path in FOLDER.glob("*.py") if path.stem != "__init__"}
ALLOWED = ("alembic", "sqlalchemy", PACKAGE)


def imported(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def of_child(source: str) -> set[str]:
    prefix = f"{PACKAGE}."
    return {name.removeprefix(prefix) for name in imported(source) if name.startswith(prefix)}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_child_is_in_the_syntax_of_python_3_8(name: str) -> None:
    ast.parse(MODULES[name], feature_version=(3, 8))


@pytest.mark.parametrize("name", MODULES)
def test_annotations_of_the_child_are_never_evaluated(name: str) -> None:
    assert "from __future__ import annotations" in MODULES[name]


def test_every_module_is_sent_after_those_that_it_imports() -> None:
    assert set(_CHILD_MODULES) == set(MODULES)
    for position, name in enumerate(_CHILD_MODULES):
        assert of_child(MODULES[name]) <= set(_CHILD_MODULES[:position]), name


def test_nothing_else_of_ours_is_imported() -> None:
    ours = {
        name
        for source in MODULES.values()
        for name in imported(source)
        if name.startswith("alembic_rehearsal") and not name.startswith(f"{PACKAGE}.")
    }
    assert ours == set()


def test_alembics_private_names_are_used_in_one_module_alone() -> None:
    for name, source in MODULES.items():
        private = {
            node.attr
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "os"))
        }
        known = {"_psycopg", "_connect"} if name == "drivers" else set()
        assert name == "alembic_private" or {n for n in private if n[:2] != "__"} <= known, name
