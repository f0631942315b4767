"""How Alembic runs this application's migrations.

Each choice has a reason:

- The URL comes from `settings` alone, so nothing in alembic.ini can point elsewhere.  The
  engine is made from it directly: `config.set_main_option` would want every `%` of a
  password doubled.
- `NullPool`: a command holds the connections that it uses and no other.
- A program may give a connection in `config.attributes["connection"]`.  It must be fresh:
  Alembic commits nothing on one that has already run a SELECT.  Then no lock is taken,
  because the program may hold it, and waiting for one's own parent never ends.
- One transaction per migration: a failing revision undoes only itself, its locks end with
  it, and an enum value that one revision adds can be used by the next.
- The advisory lock makes two deploys go one after the other.  It lives in a session of its
  own, for two reasons: a statement on the migrating connection before `configure` would
  open a transaction around all revisions, and a lock that a transaction holds would end
  with the first one.  The session is in autocommit and asks again and again instead of
  waiting inside a statement: CREATE INDEX CONCURRENTLY in the other deploy waits for
  every older statement, so the two would wait for each other.
- `lock_timeout`: a migration that waits for a lock on a table makes every later query on
  the table wait behind it.  It is better that the migration gives up.  It is set through
  `connect_args`, for a SET statement would open that transaction around all revisions.
- `disable_existing_loggers=False`: by default `fileConfig` silences the loggers of the
  program that called Alembic.
- `render_as_batch`: SQLite cannot alter most things in place.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import fileConfig
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, NullPool, make_url, text
from sqlalchemy.schema import SchemaItem

from api.config.settings import settings
from api.utils.database import make_engine
from api.utils.models import Base

# The number itself means nothing; whoever else takes locks here must choose another.
ADVISORY_LOCK = 1_702_131_041
ADVISORY_LOCK_WAIT_SECONDS = 60.0  # `alembic -x lock_wait=600 upgrade head` waits longer
LOCK_TIMEOUT = "5s"
LIBPQ_DRIVERS = {"psycopg2", "psycopg"}  # only these understand `options`

# These commands look and change nothing; one types them while a migration hangs.
READ_ONLY_COMMANDS = {"check", "current"}

# Tables that extensions put into our schema: autogenerate must not offer to drop them.
FOREIGN_TABLES = {"spatial_ref_sys"}

config = context.config


def include_object(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    """Say whether autogenerate and `alembic check` look at `item`."""
    return not (kind == "table" and reflected and name in FOREIGN_TABLES)


def configure(**target: Any) -> None:
    """Tell Alembic how to migrate and compare; `target` is a connection or a URL."""
    context.configure(
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        **target,
    )


def run_offline() -> None:
    """Print the SQL instead of running it (`--sql`)."""
    configure(url=settings.DATABASE_URL, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    given: Connection | None = config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    engine = make_engine(poolclass=NullPool, connect_args=connect_args())
    with one_at_a_time(engine), engine.connect() as connection:
        migrate(connection)


def migrate(connection: Connection) -> None:
    configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
    with context.begin_transaction():
        context.run_migrations()


def connect_args() -> dict[str, str]:
    """The `lock_timeout`, in front of the URL's own `options`, which win by coming last."""
    url = make_url(settings.DATABASE_URL)
    if url.get_driver_name() not in LIBPQ_DRIVERS:
        return {}
    return {"options": f"-c lock_timeout={LOCK_TIMEOUT} {url.query.get('options', '')}".rstrip()}


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Hold the advisory lock of this database; it ends with its session."""
    command = getattr(config.cmd_opts, "cmd", (None,))[0]
    reads_only = getattr(command, "__name__", "") in READ_ONLY_COMMANDS
    if engine.dialect.name != "postgresql" or reads_only:
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        wait_for_lock(session)
        yield


def wait_for_lock(session: Connection) -> None:
    """Take the advisory lock, or raise `CommandError` after `lock_wait` seconds."""
    options = context.get_x_argument(as_dictionary=True)
    seconds = float(options.get("lock_wait", ADVISORY_LOCK_WAIT_SECONDS))
    deadline = time.monotonic() + seconds
    key = {"key": ADVISORY_LOCK}
    while not session.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
        if time.monotonic() >= deadline:
            raise CommandError(
                f"another migration of {session.engine.url!r} is still running after"
                f" {seconds:g} s (PostgreSQL process {lock_owner(session)}); nothing was"
                f" changed. Wait longer: alembic -x lock_wait=600 ..."
            )
        time.sleep(0.2)


def lock_owner(session: Connection) -> int | None:
    """The process id of the session that holds the advisory lock; None once it is gone."""
    pid: int | None = session.scalar(
        text(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = 0 AND objid = :key AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        {"key": ADVISORY_LOCK},
    )
    return pid


if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    run_offline()
else:
    run_online()
