"""The project as Alembic loads it: configuration, script directory, URLs that name the target."""

from __future__ import annotations

import argparse
import ast
import contextlib
import inspect
import os
import sys
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import versions_folders
from alembic_rehearsal.core.project.child.failures import CannotLoad, failure_of
from alembic_rehearsal.core.project.child.flask_migrate import (
    default_script_location,
    flask_context,
)
from alembic_rehearsal.core.project.child.history import describe_history
from alembic_rehearsal.core.project.child.own_modules import is_installed
from alembic_rehearsal.core.project.child.targets import PLACEHOLDER
from alembic_rehearsal.core.project.child.urls import points_at, scheme_in, url_of, usual_scheme

_OLDEST = {"alembic": (1, 8), "sqlalchemy": (1, 4)}


class LoadedProject:
    """Alembic's configuration and script directory, read once, in the current folder."""

    def __init__(self, request: dict[str, Any]) -> None:
        from alembic.script import ScriptDirectory

        target = request["target"] or PLACEHOLDER
        self.folder = os.path.realpath(".")
        self.upgrade_to: str = request["upgrade_to"] or "heads"
        self._x_arguments: list[str] = request["x"]
        self._url_variables = {each: os.environ.get(each, "") for each in request["url_variables"]}
        self._env_text = ""
        self.config = _read_config(request["config"], request["section"])
        self._url = self.config.file_config.get(
            request["section"], "sqlalchemy.url", raw=True, fallback=""
        )
        self.point_at(target)  # before anything of the project is imported
        self.script: Any = ScriptDirectory.from_config(self.config)
        if request["versions"]:
            self.script.version_locations = request["versions"]
        self._env_path = os.path.realpath(f"{self.script.dir}/env.py")
        if not Path(self._env_path).is_file():
            raise CannotLoad(f"there is no env.py in {self.script.dir}")
        self._env_text = Path(self._env_path).read_text("utf-8")
        self.point_at(target)  # again, now that env.py tells whether it is async

    @property
    def location(self) -> str:
        return str(Path(self._env_path).parent)

    @property
    def folders(self) -> list[str]:
        """The folders in which to look for the place of an error, best first."""
        return [*versions_folders(self.script), self.folder, self.location]

    @property
    def paths(self) -> list[str]:
        """The folders from which the project's own code is imported."""
        candidates = (self.folder, f"{self.folder}/src", *sys.path)
        found = (os.path.realpath(each) for each in candidates if Path(each).is_dir())
        return [each for each in dict.fromkeys(found) if not is_installed(each)]

    def file_of(self, revision: str) -> str:
        return os.path.realpath(str(self.script.get_revision(revision).path))

    def point_at(self, target: dict[str, Any]) -> None:
        """Write the target's URL into `sqlalchemy.url`, the URL variables and the -x arguments.

        It has the scheme that the project uses, so that the project's own checks accept it.
        A real run does not change a URL that names the target already.
        """
        usual = scheme_in(self._url, target) or usual_scheme(target, self._env_text)
        for name, written in self._url_variables.items():
            if target["rehearsal"] or not points_at(written, target):
                os.environ[name] = url_of(target, scheme_in(written, target) or usual)
        if target["rehearsal"] or not points_at(self._url, target):
            url = url_of(target, usual).replace("%", "%%")
            self.config.set_main_option("sqlalchemy.url", url)
        if self._x_arguments:
            url = url_of(target, usual)
            given = [each.replace("{url}", url) for each in self._x_arguments]
            self.config.cmd_opts = argparse.Namespace(x=given)

    def history(self) -> dict[str, Any]:
        """The history as data; an error in it is returned as a problem, not raised."""
        try:
            try:
                return describe_history(self.script, self.upgrade_to)
            except ImportError:
                # `alembic upgrade` runs env.py before it reads the revisions, so what
                # env.py does to sys.path counts for them.
                self._run_env_offline()
                return describe_history(self.script, self.upgrade_to)
        except Exception as error:
            failure = failure_of(error, self.folders)
            path = failure["path"] or versions_folders(self.script)[0]
            return {
                "problem": {"message": failure["message"], "path": path, "line": failure["line"]}
            }

    def _run_env_offline(self) -> None:
        from alembic.runtime.environment import EnvironmentContext

        environment = EnvironmentContext(
            self.config, self.script, fn=lambda heads, context: [], as_sql=True
        )
        with contextlib.suppress(Exception, SystemExit), environment:
            self.run_env()

    def run_env(self) -> None:
        """Run env.py as the project's own command does; call it inside an `EnvironmentContext`."""
        with flask_context(self._env_text):
            self.script.run_env()

    def import_what_env_imports(self) -> None:
        """Run env.py's top-level imports, and its statements that change `sys.path`."""
        import sqlalchemy

        with contextlib.suppress(Exception):  # imports the dialect and its driver
            sqlalchemy.create_engine(self.config.get_main_option("sqlalchemy.url") or "")
        scope = {"__file__": self._env_path, "__name__": "env_py"}
        for node in ast.parse(self._env_text).body:
            text = ast.get_source_segment(self._env_text, node) or ""
            is_import = isinstance(node, (ast.Import, ast.ImportFrom))
            if is_import or "sys.path" in text or "__file__" in text:
                exec(compile(ast.Module([node], []), self._env_path, "exec"), scope)


def _read_config(path: str, section: str) -> Any:
    from alembic.config import Config

    # From Alembic 1.16 on, script_location may be in pyproject.toml.
    takes_toml = "toml_file" in inspect.signature(Config.__init__).parameters
    toml = Path("pyproject.toml").resolve()
    more = {"toml_file": str(toml)} if takes_toml and toml.exists() else {}
    config: Any = Config(path, ini_section=section, **more)  # type: ignore[arg-type]
    option = getattr(config, "get_alembic_option", config.get_main_option)
    default = default_script_location(path)
    if default and config.file_config.has_section(section) and not option("script_location"):
        config.set_main_option("script_location", default.replace("%", "%%"))
    if not config.file_config.has_section(section) and not option("script_location"):
        raise CannotLoad(f"{path} has no section [{section}]")
    return config


def check_versions() -> None:
    """Raise `CannotLoad` when this interpreter's Alembic or SQLAlchemy is too old."""
    import alembic
    import sqlalchemy

    for module in (alembic, sqlalchemy):
        name, version = module.__name__, module.__version__
        oldest = _OLDEST[name]
        if tuple(map(int, version.split(".")[:2])) < oldest:
            raise CannotLoad(f"{name} {version} is too old: {oldest[0]}.{oldest[1]} is the oldest")
