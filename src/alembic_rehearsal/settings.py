"""What the project says about itself: `[tool.rehearsal]` in pyproject.toml, or rehearsal.toml.

Reads one file and checks it; the environment is read by `environment` alone, so that
every other room is told what it needs.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alembic_rehearsal.errors import Usage
from alembic_rehearsal.words import Project

DEFAULT_SNAPSHOT = Path("snapshots/production.sql")
_NAMES = frozenset({"url_variables", "models", "reference_tables", "skip", "x"})  # lists of texts
_WAIVER_OF_OBJECT = '{code = "U3", object = "index public.orders_total_idx", reason = "..."}'
_WAIVER = '{code = "D1", revision = "3f2a91c0d7be", reason = "..."}'
_KINDS: Mapping[str, tuple[type, str]] = {
    "config": (str, 'a path, such as "alembic.ini"'),
    "snapshot": (str, 'a path, such as "snapshots/production.sql"'),
    "server": (str, '"auto", "local", "embedded", "docker" or a URL'),
    "postgres": (int, "a major version, such as 18"),
    "disposable": (bool, "true or false"),
    "url_variables": (list, 'a list of names, such as ["DATABASE_URL"]'),
    "models": (list, 'a list of packages, such as ["shop", "billing.models"]'),
    "target": (str, 'what deploys upgrade to, such as "heads" or "main@head"'),
    "x": (list, 'a list of what is passed by -x, such as ["tenant=acme", "url={url}"]'),
    "bootstrap": (str, 'a SQL file, such as "schema.sql", or a command, such as "make tables"'),
    "replayable": (bool, "true or false"),
    "reference_tables": (list, 'a list of tables, such as ["public.tiers"]'),
    "skip": (list, 'a list of checks and families, such as ["D", "U8"]'),
    "seed": (int, "a whole number, such as 7"),
    "waive": (list, f"a list of tables: {_WAIVER}"),
}


@dataclass(frozen=True, slots=True)
class Waiver:
    """One finding that the project accepts, with a reason.

    It names the revision that the finding is about; or, where a finding is about none of
    them, the `object` that it shows ("index public.orders_total_idx").
    """

    code: str
    reason: str
    revision: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one project, with every path made absolute.

    `source` is the file they came from, None where there is none.  `snapshot` is None
    where none is configured and the default file does not exist: production is unknown
    then.  `disposable` declares a server given by URL as one that rehearsals may create
    and drop databases on.  `models` are the packages in which every table of the models
    must be imported, none for those that define one.  `target` is what deploys upgrade to, ""
    for the head, or for the heads of labelled branches; `x` is what they pass by `-x`, where
    `{url}` stands for the database's URL.  `bootstrap` is a SQL file or a command that an empty
    database gets before its first migration, "" for none.  `replayable = false` declares that the
    history cannot be run from an empty database.  `reference_tables` are those whose rows a
    snapshot carries, since migrations need them.  `skip` are checks and families that
    are not judged.  `seed` is what samples are drawn with: the same number gives the same
    rehearsal.
    """

    config: Path
    source: Path | None = None
    snapshot: Path | None = None
    server: str = "auto"
    postgres: int | None = None
    disposable: bool = False
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    models: tuple[str, ...] = ()
    target: str = ""
    x: tuple[str, ...] = ()
    bootstrap: str = ""
    replayable: bool = True
    reference_tables: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    seed: int = 0
    waive: tuple[Waiver, ...] = ()

    @property
    def folder(self) -> Path:
        """The project's folder: where `alembic` would be typed, and `.rehearsal/` lies.

        For a `migrations/alembic.ini` that names no script_location, as Flask-Migrate writes
        it, that is the folder above.
        """
        if self.source:
            return self.source.parent
        beside = self.config.parent
        return beside.parent if _is_flask_migrates(self.config) else beside

    def project(self, *, python: str = sys.executable, section: str = "alembic") -> Project:
        return Project(
            config=self.config,
            folder=self.folder,
            python=python,
            section=section,
            url_variables=self.url_variables,
            target=self.target,
            x=self.x,
        )


def environment() -> Mapping[str, str]:
    """The environment of this process: the one place that reads it."""
    return os.environ


def cores() -> int:
    """How many processors this process may use; REHEARSAL_CORES says fewer or more."""
    given = environment().get("REHEARSAL_CORES", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seed_from_environment() -> int | None:
    """REHEARSAL_SEED, None where it is not set; raises `Usage` for what is no number."""
    given = environment().get("REHEARSAL_SEED", "")
    if not given:
        return None
    try:
        return int(given)
    except ValueError:
        raise Usage(f"REHEARSAL_SEED = {given!r} should be a whole number, such as 7.") from None


def config_option(config: Path) -> str:
    """` --config PATH`, as a command typed here needs it to mean this alembic.ini.

    Nothing for the alembic.ini of the working directory, which is what counts by itself.
    """
    here = Path.cwd()
    if config == here / "alembic.ini":
        return ""
    shown = config.relative_to(here) if config.is_relative_to(here) else config
    return f" --config {shlex.quote(str(shown))}"


def find_settings(config: Path | None = None, *, start: Path | None = None) -> Settings:
    """The settings that belong to an alembic.ini, or to the folder that one stands in.

    Looks upwards, from the configuration's folder or else from `start` (the working
    directory), for a rehearsal.toml or a pyproject.toml with `[tool.rehearsal]`.  With
    `config` given, only a file that names this very configuration counts: a project in
    a subfolder must not get its neighbour's snapshot.  Without any: the defaults.

    Raises `Usage` for a file that is not TOML, an unknown key or a value of another
    kind, and for an alembic.ini that does not exist.  Whether a configured snapshot exists
    is left to what reads it: a production image has none, and needs none.
    """
    wanted = config.resolve() if config else None
    start = wanted.parent if wanted else (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        source = _source_in(folder)
        if source is None:
            continue
        found = _checked(source, _table(source))
        if wanted in (None, found.config):
            return _existing(found)
    default = wanted or start / "alembic.ini"
    return _existing(_with_default_snapshot(Settings(config=default), default.parent))


def _is_flask_migrates(config: Path) -> bool:
    """Whether it lies beside its env.py and does not say where that is."""
    if not (config.parent / "env.py").is_file():
        return False
    return not re.search(r"^\s*script_location\s*[=:]", config.read_text("utf-8"), re.M)


def _source_in(folder: Path) -> Path | None:
    if (own := folder / "rehearsal.toml").is_file():
        return own
    pyproject = folder / "pyproject.toml"
    if pyproject.is_file() and "rehearsal" in _load(pyproject).get("tool", {}):
        return pyproject
    return None


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"{path} is not TOML: {error}.") from error


def _table(path: Path) -> dict[str, Any]:
    content = _load(path)
    table = content["tool"]["rehearsal"] if path.name == "pyproject.toml" else content
    if not isinstance(table, dict):
        raise Usage(f"[tool.rehearsal] in {path} is not a table.")
    return table


def _checked(source: Path, table: Mapping[str, Any]) -> Settings:
    if isinstance(table.get("waive"), dict):  # [tool.rehearsal.waive], as one waiver is written
        table = {**table, "waive": [table["waive"]]}
    for key, value in table.items():
        _check_key(source, key, value)
    folder = source.parent
    known: dict[str, Any] = {key: table[key] for key in _KINDS if key in table}
    known["config"] = (folder / known.get("config", "alembic.ini")).resolve()
    if "snapshot" in known:
        known["snapshot"] = (folder / known["snapshot"]).resolve()
    for names in _NAMES & known.keys():
        known[names] = tuple(known[names])
    known["waive"] = tuple(_waiver(source, each) for each in known.get("waive", []))
    return _with_default_snapshot(Settings(source=source, **known), folder)


def _check_key(source: Path, key: str, value: object) -> None:
    if key not in _KINDS:
        raise Usage(
            f"{source} has an unknown setting {key!r}{did_you_mean(key, _KINDS)}.",
            ways_out=("known settings: " + ", ".join(sorted(_KINDS)),),
        )
    kind, example = _KINDS[key]
    is_other_kind = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    is_empty = key in ("url_variables", "models") and value == []
    if is_other_kind or is_empty or (key in _NAMES and not _are_names(value)):
        raise Usage(f"{key} = {value!r} in {source} should be {example}.")


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _waiver(source: Path, entry: object) -> Waiver:
    forms = ({"code", "revision", "reason"}, {"code", "object", "reason"})
    if not isinstance(entry, dict) or set(entry) not in forms or not all(entry.values()):
        raise Usage(
            f"{source} has a waiver {entry!r} that is not whole: it takes code, reason, and "
            "revision or object.",
            ways_out=(f"waive = [{_WAIVER}]", f"waive = [{_WAIVER_OF_OBJECT}]"),
        )
    return Waiver(**{name: str(value) for name, value in entry.items()})


def _with_default_snapshot(settings: Settings, folder: Path) -> Settings:
    default = folder / DEFAULT_SNAPSHOT
    if settings.snapshot is None and default.is_file():
        return replace(settings, snapshot=default)
    return settings


def _existing(settings: Settings) -> Settings:
    where = f" (named in {settings.source})" if settings.source else ""
    if not settings.config.is_file():
        raise Usage(
            f"there is no Alembic configuration at {settings.config}{where}.",
            ways_out=("rehearsal run --config path/to/alembic.ini", "alembic init alembic"),
        )
    return settings


def did_you_mean(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """` (did you mean 'x'?)` for the nearest known word in any case, or nothing."""
    near = difflib.get_close_matches(word.lower(), [each.lower() for each in known], n=1)
    meant = [each for each in known if near and each.lower() == near[0]]
    return f" (did you mean {meant[0]!r}?)" if meant else ""
