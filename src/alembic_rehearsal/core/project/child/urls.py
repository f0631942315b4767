"""The target as a URL, in a form that the project's own code accepts."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from alembic_rehearsal.core.project.child.targets import is_target, place_of

_ASYNC = re.compile(r"\brun_sync\b|async_engine|AsyncEngine")


def url_of(target: Mapping[str, Any], scheme: str) -> str:
    """The target's URL, with its password."""
    if target["dialect"] == "sqlite":
        return f"{scheme}:///{target['path']}"
    quoted = functools.partial(urllib.parse.quote, safe="")
    understands_options = "asyncpg" not in scheme and "pg8000" not in scheme
    options = dict(target["options"]) if understands_options else {}
    host = target["host"]
    if host.startswith("/"):
        options, host = dict(options, host=host), ""
    elif ":" in host:
        host = f"[{host}]"
    secret = f":{quoted(target['password'])}" if target["password"] else ""
    account = quoted(target["user"]) + secret
    query = f"?{urllib.parse.urlencode(options, safe='/')}" if options else ""
    return f"{scheme}://{account}@{host}:{target['port']}/{quoted(target['database'])}{query}"


def scheme_in(written: str, target: Mapping[str, Any]) -> str:
    """The scheme of the project's URL `written`, "" when it names another kind of database."""
    scheme, separator, _ = written.strip().partition("://")
    kinds = ("postgresql", "postgres") if target["dialect"] == "postgresql" else ("sqlite",)
    return scheme if separator and scheme.lower().partition("+")[0] in kinds else ""


def usual_scheme(target: Mapping[str, Any], env_text: str) -> str:
    """A scheme with a driver that is installed, if one is; an async driver for an async env.py."""
    import sqlalchemy

    is_async = bool(_ASYNC.search(env_text))
    if target["dialect"] == "sqlite":
        return "sqlite+aiosqlite" if is_async else "sqlite"
    usual = "psycopg2" if sqlalchemy.__version__ < "2.1" else "psycopg"
    order = ("asyncpg", "psycopg") if is_async else (usual, "psycopg2", "psycopg", "pg8000")
    installed = next(filter(importlib.util.find_spec, order), order[0])
    # Without a driver's name if possible: most code that rewrites URLs expects this form.
    is_plain = installed == usual and not is_async
    return "postgresql" if is_plain else f"postgresql+{installed}"


def points_at(written: str, target: Mapping[str, Any]) -> bool:
    """Whether the project's URL `written` names the target already."""
    if not scheme_in(written, target):
        return False
    if target["dialect"] == "sqlite":
        path = written.partition(":///")[2].partition("?")[0]
        return bool(os.path.realpath(path) == os.path.realpath(target["path"]))
    return is_target(place_of({"dsn": written}), target)
