"""The reader of a project's settings file: it finds the file and checks every key and value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.settings.values import DEFAULT_SNAPSHOT, Settings, Waiver
from alembic_rehearsal.core.values.databases import DatabaseOptions
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError

# The settings that are lists of strings.
_TEXT_LISTS = frozenset({"url_variables", "models", "reference_tables", "skip", "x"})
_OBJECT_WAIVER = '{code = "U3", object = "index public.orders_total_idx", reason = "..."}'
_REVISION_WAIVER = '{code = "D1", revision = "3f2a91c0d7be", reason = "..."}'
_SETTING_TYPES: Mapping[str, tuple[type, str]] = {
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
    "version_table": (str, 'a table, such as "shop.alembic_version"'),
    "skip": (list, 'a list of checks and families, such as ["D", "U8"]'),
    "random_seed": (int, "a whole number, such as 7"),
    "seed": (str, 'a function of the application, such as "shop.seeds:first_rows"'),
    "database": (dict, 'a table, such as {owner = "shop", encoding = "UTF8"}'),
    "waive": (list, f"a list of tables: {_REVISION_WAIVER}"),
}


def find_settings(config: Path | None = None, *, start: Path | None = None) -> Settings:
    """The settings of an alembic.ini, or of the project in the working directory.

    The search for a rehearsal.toml, or a pyproject.toml with `[tool.rehearsal]`, goes upwards
    from the folder of `config`, or else from `start` (default: the working directory).  With
    `config`, only a file that names this configuration counts, so that a project in a subfolder
    does not get the snapshot of its neighbour.  If there is no file, the defaults apply.

    Raises `UsageError` for a file that is not TOML, an unknown key, a value of the wrong type,
    and an alembic.ini that does not exist.  It does not check whether the configured snapshot
    exists: a production image has none, and needs none.
    """
    wanted = config.resolve() if config else None
    start = wanted.parent if wanted else (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        source = _find_settings_file(folder)
        if source is None:
            continue
        found = _build_settings(source, _read_settings_table(source))
        if wanted in (None, found.config):
            return _require_configuration(found)
    default = wanted or start / "alembic.ini"
    return _require_configuration(_with_default_snapshot(Settings(config=default), default.parent))


def is_configuration(config: Path) -> bool:
    """Whether this alembic.ini exists, or a pyproject.toml with `[tool.alembic]` in its folder.

    Alembic reads `[tool.alembic]` from version 1.16 on.
    """
    pyproject = config.with_name("pyproject.toml")
    if config.is_file() or not pyproject.is_file():
        return config.is_file()
    return "alembic" in _read_toml(pyproject).get("tool", {})


def _find_settings_file(folder: Path) -> Path | None:
    if (own := folder / "rehearsal.toml").is_file():
        return own
    pyproject = folder / "pyproject.toml"
    if pyproject.is_file() and "rehearsal" in _read_toml(pyproject).get("tool", {}):
        return pyproject
    return None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}.") from error


def _read_settings_table(path: Path) -> dict[str, Any]:
    content = _read_toml(path)
    table = content["tool"]["rehearsal"] if path.name == "pyproject.toml" else content
    if not isinstance(table, dict):
        raise UsageError(f"[tool.rehearsal] in {path} is not a table.")
    return table


def _build_settings(source: Path, table: Mapping[str, Any]) -> Settings:
    if isinstance(table.get("waive"), dict):  # one waiver, written as [tool.rehearsal.waive]
        table = {**table, "waive": [table["waive"]]}
    for key, value in table.items():
        _check_key(source, key, value)
    folder = source.parent
    known: dict[str, Any] = {key: table[key] for key in _SETTING_TYPES if key in table}
    known["config"] = (folder / known.get("config", "alembic.ini")).resolve()
    if "snapshot" in known:
        known["snapshot"] = (folder / known["snapshot"]).resolve()
    for names in _TEXT_LISTS & known.keys():
        known[names] = tuple(known[names])
    known["database"] = _database_options(source, known.get("database", {}))
    known["waive"] = tuple(_waiver(source, each) for each in known.get("waive", []))
    return _with_default_snapshot(Settings(source=source, **known), folder)


def _check_key(source: Path, key: str, value: object) -> None:
    if key not in _SETTING_TYPES:
        raise UsageError(
            f"{source} has an unknown setting {key!r}{did_you_mean(key, _SETTING_TYPES)}.",
            remedies=("known settings: " + ", ".join(sorted(_SETTING_TYPES)),),
        )
    kind, example = _SETTING_TYPES[key]
    is_wrong_type = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    is_empty = key in ("url_variables", "models") and value == []
    if is_wrong_type or is_empty or (key in _TEXT_LISTS and not _is_text_list(value)):
        raise UsageError(f"{key} = {value!r} in {source} should be {example}.")


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _database_options(source: Path, table: Mapping[str, Any]) -> DatabaseOptions:
    names = tuple(each.name for each in fields(DatabaseOptions))
    for key, value in table.items():
        if key not in names or not isinstance(value, str):
            raise UsageError(
                f"{source} has {key} = {value!r} in `database`{did_you_mean(key, names)}.",
                remedies=(f"known keys of `database`, each a string: {', '.join(names)}",),
            )
    return DatabaseOptions(**table)


def _waiver(source: Path, entry: object) -> Waiver:
    forms = ({"code", "revision", "reason"}, {"code", "object", "reason"})
    if not isinstance(entry, dict) or set(entry) not in forms or not all(entry.values()):
        raise UsageError(
            f"{source} has an incomplete waiver {entry!r}: a waiver needs code, reason, and "
            "revision or object.",
            remedies=(f"waive = [{_REVISION_WAIVER}]", f"waive = [{_OBJECT_WAIVER}]"),
        )
    return Waiver(**{name: str(value) for name, value in entry.items()})


def _with_default_snapshot(settings: Settings, folder: Path) -> Settings:
    default = folder / DEFAULT_SNAPSHOT
    if settings.snapshot is None and default.is_file():
        return replace(settings, snapshot=default)
    return settings


def _require_configuration(settings: Settings) -> Settings:
    where = f" (named in {settings.source})" if settings.source else ""
    if not is_configuration(settings.config):
        raise UsageError(
            f"there is no Alembic configuration at {settings.config}{where}.",
            remedies=(
                "rehearsal run --config path/to/alembic.ini   (pytest: --rehearsal-config)",
                "alembic init alembic",
            ),
        )
    return settings
