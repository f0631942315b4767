"""User-made objects of a database: whether there are any, and the names of the tables.

Reads catalogs only; objects that extensions own do not count.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database

# The catalogs of objects that a user can make, in a schema or outside schemas.  A condition
# leaves out rows that Postgres makes together with another object.
_CATALOGS = {
    "pg_class": "relkind IN ('r', 'p', 'v', 'm', 'S', 'f')",
    "pg_type": "typrelid NOT IN (SELECT oid FROM pg_class WHERE relkind <> 'c')",
    "pg_namespace": "nspname !~ '^pg_'",
    **dict.fromkeys(
        ("pg_proc", "pg_operator", "pg_collation", "pg_conversion", "pg_cast", "pg_ts_config",
         "pg_ts_dict", "pg_foreign_data_wrapper", "pg_foreign_server", "pg_event_trigger",
         "pg_publication", "pg_largeobject_metadata"),
        "true",
    ),
}  # fmt: skip
# 16384 is the first oid after initdb (FirstNormalObjectId).  Left out: the parts of an
# extension (deptype 'e') and objects that another object made for itself ('i').
_IS_USER_MADE = """oid >= 16384 AND {condition} AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '{catalog}'::regclass AND d.objid = {catalog}.oid
    AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))"""


def is_empty(database: Database) -> bool:
    """Whether a database has no user-made objects; those that extensions own do not count."""
    exists = f"EXISTS (SELECT FROM {{catalog}} WHERE {_IS_USER_MADE})"
    conditions = (
        exists.format(catalog=catalog, condition=condition)
        for catalog, condition in _CATALOGS.items()
    )
    ((occupied,),) = fetch_rows(database, f"SELECT {' OR '.join(conditions)}")
    return not occupied


def user_tables(database: Database) -> tuple[str, ...]:
    """The names of the user-made tables, the version table and each partition included."""
    condition = _IS_USER_MADE.format(catalog="pg_class", condition="relkind IN ('r', 'p')")
    query = f"SELECT oid::regclass::text FROM pg_class WHERE {condition} ORDER BY 1"
    return tuple(name for (name,) in fetch_rows(database, query))
