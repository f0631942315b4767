"""Tables that the models' metadata lacks because no import leads to their module.

The proof is an import: of each module that looks as if it had a table, in a fork of its own.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import versions_folders
from alembic_rehearsal.core.project.child.comparison import tables_of
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
    """What the request's `packages` have that `target_metadata` has not.

    Without any, those that define its tables.  Each import has the request's `patience`, in
    seconds.
    """
    return _UnimportedSearch(context, project, request["packages"], request["patience"]).result()


class _UnimportedSearch:
    """The search of one run, after env.py has imported what it imports."""

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
        """What was looked at, the tables that are missing, and the modules that do not import."""
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
                    told = {"module": module, "path": path, "line": line}
                    failed.append(dict(told, message=_failure_text(failure)))
        return {
            "packages": self._packages,
            "tables": list(missing.values()),
            "failed": failed,
            "place": self._import_file(),
        }

    # --- where to look

    def _packages_of_models(self) -> list[str]:
        """Those that define a table; where there is none yet, those that env.py imports."""
        tables = {id(each) for each in tables_of(self._metadata)}
        defining = [
            name
            for name, module in self._own.items()
            if any(id(table) in tables for table, _ in _tables_defined_in(module))
        ]
        found = defining or [name for name in imports_in(self._env_path) if name in self._own]
        return sorted({name.partition(".")[0] for name in found} - {"env_py", "__main__"})

    def _base_names(self) -> list[str]:
        """What the classes that models stand on are called."""
        several = self._metadata if isinstance(self._metadata, (list, tuple)) else [self._metadata]
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

    # --- the proof

    def _is_clean(self, modules: list[str]) -> bool:
        """Whether all imports together bring no table and no error: one fork instead of many."""
        try:
            answer = run_in_fork(lambda: self._import_modules(modules), self._patience * 2)
        except ForkFailed:
            return False
        return not answer["tables"] and answer["failure"] is None

    def _import_in_fork(self, module: str) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        try:
            answer = run_in_fork(lambda: self._import_modules([module]), self._patience)
        except ForkFailed as vanished:
            return [], {"message": str(vanished), "path": "", "line": 0}
        return answer["tables"], answer["failure"]

    def _import_modules(self, modules: list[str]) -> dict[str, Any]:
        """Import, in the fork, and say which tables came with it; what failed may bring some."""
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

    def _add_place(self, told: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
        """With file and line, which the fork does not know of a module that failed."""
        path = told["path"] or files.get(told["module"], "")
        line = table_line(path, told["name"], told["table"].rpartition(".")[2])
        return dict(told, path=path, line=line or first_model_line(path, self._base_names()))

    # --- where to type the import

    def _import_file(self) -> str:
        """The file, of those that env.py imports, that knows most tables; else env.py."""
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
    """The tables that a module has a name for, each with its mapped class or None."""
    from sqlalchemy import Table

    for value in list(vars(module).values()):
        if isinstance(value, Table):
            yield value, None
        elif isinstance(value, type) and isinstance(value.__dict__.get("__table__"), Table):
            yield value.__dict__["__table__"], value


def _tables_defined_in(module: ModuleType) -> Iterator[tuple[Any, Any]]:
    """Those of them that are not imported from elsewhere; of a bare table nobody knows."""
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
