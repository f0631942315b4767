"""What people have made in a database: whether there is anything, and how many tables.

Reads catalogs only; what extensions own does not count.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database

# What counts as something that a person has made: relations, types, functions and schemas,
# and what stands beside schemas.  A condition leaves out what comes along with others.
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
# The first oid of what is made after initdb; owned are the parts of an extension ('e') and
# those that another object made for itself ('i').
_IS_USER_MADE = """oid >= 16384 AND {condition} AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '{catalog}'::regclass AND d.objid = {catalog}.oid
    AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))"""


def is_empty(database: Database) -> bool:
    """Whether nobody has made anything in a database; what extensions own does not count."""
    conditions = (
        f"EXISTS (SELECT FROM {catalog} WHERE {_IS_USER_MADE.format(catalog=catalog, condition=condition)})"
        for catalog, condition in _CATALOGS.items()
    )
    ((occupied,),) = fetch_rows(database, f"SELECT {' OR '.join(conditions)}")
    return not occupied


def user_tables(database: Database) -> tuple[str, ...]:
    """The tables that people have made, the version table and each partition included."""
    condition = _IS_USER_MADE.format(catalog="pg_class", condition="relkind IN ('r', 'p')")
    query = f"SELECT oid::regclass::text FROM pg_class WHERE {condition} ORDER BY 1"
    return tuple(name for (name,) in fetch_rows(database, query))
