"""The first layer of the fence: SQLAlchemy and the PostgreSQL drivers connect to the target.

SQLAlchemy's `do_connect` event catches engines.  `creator=` and direct calls of a driver do
not trigger it, so each driver is wrapped when it is imported, at the lowest name that its own
code looks up: an earlier `from psycopg2 import connect` is covered, too.
"""

from __future__ import annotations

import functools
import importlib.machinery
import inspect
import sys
from collections.abc import Callable
from typing import Any

from alembic_rehearsal.core.project.child.audit_hook import check_sqlite
from alembic_rehearsal.core.project.child.fence import Fence

DRIVERS = ("psycopg2", "psycopg", "asyncpg", "pg8000")


def fence_sqlalchemy(fence: Fence) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def do_connect(dialect: Any, _record: Any, cargs: list[Any], cparams: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            check_sqlite(fence, cargs[0] if cargs else cparams.get("database", ":memory:"))
        elif dialect.name != "postgresql":
            fence.refuse(dialect.driver, f"{dialect.name}://")
        else:
            asked = dict(cparams, dsn=cargs[0]) if cargs and cargs[0] else dict(cparams)
            parameters = fence.route(dialect.driver, asked)
            if parameters is not asked:
                del cargs[:]
                cparams.clear()
                cparams.update(parameters)

    event.listen(Engine, "do_connect", do_connect)


class DriverFinder:
    """An import finder that wraps each driver right after its module was executed."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._wraps: dict[str, Callable[[Fence, Any], None]] = {
            "psycopg2": _fence_psycopg2,
            "psycopg": _fence_psycopg,
            "asyncpg.connection": _fence_asyncpg,
            "pg8000.core": _fence_pg8000,
        }

    def install(self) -> None:
        """Put this finder before all others; wrap the drivers that are imported already."""
        for name in self._wraps.keys() & sys.modules.keys():
            self._wraps[name](self._fence, sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        wrap = self._wraps.get(name)
        spec = wrap and importlib.machinery.PathFinder.find_spec(name, path, target)
        if not wrap or not spec or not spec.loader:
            return None
        run = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            run(module)
            wrap(self._fence, module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _fence_psycopg2(fence: Fence, psycopg2: Any) -> None:
    extensions, plain_connect = psycopg2.extensions, psycopg2._connect
    plain: Any = extensions.connection

    def redirected(dsn: str) -> str:
        text: str = extensions.make_dsn(**fence.route("psycopg2", extensions.parse_dsn(dsn or "")))
        return text

    class connection(plain):  # type: ignore[misc]
        def __init__(self, dsn: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(redirected(dsn), *args, **kwargs)

    def connect(dsn: str, connection_factory: Any = None, **kwargs: Any) -> Any:
        factory = connection_factory or connection
        return plain_connect(redirected(dsn), connection_factory=factory, **kwargs)

    psycopg2._connect = psycopg2._psycopg._connect = connect
    extensions.connection = psycopg2._psycopg.connection = connection


def _fence_psycopg(fence: Fence, psycopg: Any) -> None:
    def fenced(plain: Any) -> Any:
        def connect(cls: Any, conninfo: str = "", **kwargs: Any) -> Any:
            asked = dict(psycopg.conninfo.conninfo_to_dict(conninfo or ""), **kwargs)
            return plain(cls, "", **fence.route("psycopg", asked))

        return classmethod(functools.wraps(plain)(connect))  # type: ignore[arg-type]

    for each in (psycopg.Connection, psycopg.AsyncConnection):
        each.connect = fenced(each.__dict__["connect"].__func__)
    psycopg.connect = psycopg.Connection.connect


def _fence_asyncpg(fence: Fence, connection: Any) -> None:
    plain = connection.connect

    @functools.wraps(plain)
    async def connect(dsn: Any = None, **kwargs: Any) -> Any:
        asked = dict(kwargs, dsn=dsn) if dsn else kwargs
        return await plain(**fence.route("asyncpg", asked))

    connection.connect = connect


def _fence_pg8000(fence: Fence, core: Any) -> None:
    plain = core.CoreConnection.__init__
    signature = inspect.signature(plain)

    @functools.wraps(plain)
    def __init__(opened: Any, *args: Any, **kwargs: Any) -> None:
        asked = dict(signature.bind(opened, *args, **kwargs).arguments)
        asked.pop("self")
        plain(opened, **fence.route("pg8000", asked))

    core.CoreConnection.__init__ = __init__
