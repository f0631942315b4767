"""Tables that the models' metadata lacks because nothing imports their modules.

Each module that seems to define a table is imported in a fork, which shows what it adds.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import versions_folders
from alembic_rehearsal.core.project.child.comparison import metadata_list, tables_of
from alembic_rehearsal.core.project.child.failures import CannotLoad, failure_of
from alembic_rehearsal.core.project.child.isolated import ForkFailed, run_in_fork
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.own_modules import (
    file_of,
    first_model_line,
    imports_in,
    own_modules,
    table_line,
    unimported_files,
)


def find_unimported(
    context: Any, project: LoadedProject, request: dict[str, Any]
) -> dict[str, Any]:
    """The tables in the request's `packages` that `target_metadata` lacks.

    Without `packages`, those that define its tables are searched.  `patience` is in seconds,
    for each import.  Raises `CannotLoad` when a package does not exist.
    """
    return _UnimportedSearch(context, project, request["packages"], request["patience"]).result()


class _UnimportedSearch:
    """One search, made after env.py has done its own imports."""

    def __init__(
        self, context: Any, project: LoadedProject, packages: list[str], patience: float
    ) -> None:
        self._metadata = context.opts["target_metadata"]
        self._folder = project.folder
        self._env_path = f"{project.location}/env.py"
        self._excluded = [project.location, *versions_folders(project.script)]
        self._patience = patience
        self._own = own_modules(project.folder)
        self._packages = packages or self._packages_of_models()

    def result(self) -> dict[str, Any]:
        """The packages searched, the missing tables, and the modules whose import fails."""
        files = self._candidates()
        missing: dict[str, dict[str, Any]] = {}
        failed: list[dict[str, Any]] = []
        if files and not self._is_clean(list(files)):
            for module, path in files.items():
                tables, failure = self._import_in_fork(module)
                for each in tables:
                    if each["table"] not in missing or each["module"] == module:
                        missing[each["table"]] = self._add_place(each, files)
                if failure is not None:
                    line = first_model_line(path, self._base_names())
                    place = {"module": module, "path": path, "line": line}
                    failed.append(dict(place, message=_failure_text(failure)))
        return {
            "packages": self._packages,
            "tables": list(missing.values()),
            "failed": failed,
            "place": self._import_file(),
        }

    # --- where to look

    def _packages_of_models(self) -> list[str]:
        """The packages that define a table of the metadata; if none, those that env.py imports."""
        tables = {id(each) for each in tables_of(self._metadata)}
        defining = [
            name
            for name, module in self._own.items()
            if any(id(table) in tables for table, _ in _tables_defined_in(module))
        ]
        found = defining or [name for name in imports_in(self._env_path) if name in self._own]
        return sorted({name.partition(".")[0] for name in found} - {"env_py", "__main__"})

    def _base_names(self) -> list[str]:
        """The names of the classes that models inherit from."""
        several = metadata_list(self._metadata)
        classes = {
            base
            for module in self._own.values()
            for value in list(vars(module).values())
            if isinstance(value, type)
            for base in value.__mro__
        }
        return sorted(
            each.__name__
            for each in classes
            if "__table__" not in vars(each)
            and any(getattr(each, "metadata", None) is metadata for metadata in several)
        )

    def _candidates(self) -> dict[str, str]:
        bases = self._base_names()
        try:
            return {
                name: path
                for package in self._packages
                for name, path in unimported_files(package, self._excluded)
                if first_model_line(path, bases)
            }
        except ImportError as error:
            raise CannotLoad(f"models in the settings: {error}") from error

    # --- imports in forks

    def _is_clean(self, modules: list[str]) -> bool:
        """Whether all imports together add no table and raise no error: one fork, not many."""
        try:
            answer = run_in_fork(lambda: self._import_modules(modules), self._patience * 2)
        except ForkFailed:
            return False
        return not answer["tables"] and answer["failure"] is None

    def _import_in_fork(self, module: str) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        try:
            answer = run_in_fork(lambda: self._import_modules([module]), self._patience)
        except ForkFailed as failed:
            return [], {"message": str(failed), "path": "", "line": 0}
        return answer["tables"], answer["failure"]

    def _import_modules(self, modules: list[str]) -> dict[str, Any]:
        """Import the modules, in the fork; returns the new tables, and the first failure.

        A module whose import fails may have added tables, too.
        """
        before = {each.key for each in tables_of(self._metadata)}
        known, failure = set(sys.modules), None
        for module in modules:
            try:
                importlib.import_module(module)
            except BaseException as error:
                failure = failure or failure_of(error, [self._folder])
        new = {id(each): each for each in tables_of(self._metadata) if each.key not in before}
        tables = []
        for name in set(sys.modules) - known:
            for table, mapped in _tables_defined_in(sys.modules[name]):
                if id(table) in new:
                    del new[id(table)]
                    tables.append(_describe_table(table, name, mapped))
        tables += [_describe_table(each, modules[-1], None) for each in new.values()]
        return {"tables": tables, "failure": failure}

    def _add_place(self, table: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
        """The table with file and line; the fork does not know the file of a failed module."""
        path = table["path"] or files.get(table["module"], "")
        line = table_line(path, table["name"], table["table"].rpartition(".")[2])
        return dict(table, path=path, line=line or first_model_line(path, self._base_names()))

    # --- the file in which to add the import

    def _import_file(self) -> str:
        """Of the files that env.py imports, the one with the most tables; else env.py."""
        tables = {id(each) for each in tables_of(self._metadata)}
        counts = {
            file_of(self._own[name]): sum(
                id(table) in tables for table, _ in _tables_in(self._own[name])
            )
            for name in imports_in(self._env_path)
            if name in self._own
        }
        best = max(counts, key=lambda path: counts[path], default="")
        return best if counts.get(best) else self._env_path


def _tables_in(module: ModuleType) -> Iterator[tuple[Any, Any]]:
    """The tables in a module's namespace, each with its mapped class or None."""
    from sqlalchemy import Table

    for value in list(vars(module).values()):
        if isinstance(value, Table):
            yield value, None
        elif isinstance(value, type) and isinstance(value.__dict__.get("__table__"), Table):
            yield value.__dict__["__table__"], value


def _tables_defined_in(module: ModuleType) -> Iterator[tuple[Any, Any]]:
    """The tables whose mapped class the module defines, and all bare tables in its namespace.

    A bare `Table` does not tell which module defines it.
    """
    for table, mapped in _tables_in(module):
        if mapped is None or mapped.__module__ == module.__name__:
            yield table, mapped


def _describe_table(table: Any, module: str, mapped: Any) -> dict[str, Any]:
    return {
        "table": table.fullname,
        "module": module,
        "path": file_of(sys.modules[module]) if module in sys.modules else "",
        "name": mapped.__name__ if mapped is not None else "",
    }


def _failure_text(failure: dict[str, Any]) -> str:
    where = f" ({os.path.relpath(failure['path'])}:{failure['line']})" if failure["path"] else ""
    return f"{failure['message']}{where}"
