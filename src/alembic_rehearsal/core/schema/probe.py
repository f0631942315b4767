"""A probe of the catalogs for changes: it reads row versions and row counts, and no content.

A row version is identified by the transaction that wrote it (xmin) and its position (ctid):
both stay the same until the row is changed, also in the middle of a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, PUBLIC_SCHEMA_OID
from alembic_rehearsal.core.schema.catalog.foreign_and_replication import (
    FROM_SUBSCRIPTIONS,
    subscription_columns,
)
from alembic_rehearsal.core.schema.catalog.watched import (
    READ_WHOLE_WITHOUT_OID,
    WATCHED,
    WatchedCatalog,
    catalogs_read_whole,
)
from alembic_rehearsal.core.schema.prepared_statements import PreparedStatements
from alembic_rehearsal.core.schema.query import RunSql

ObjectAddress = tuple[str, int]  # a catalog and an oid in it
RowVersion = tuple[str, int, str | None, int, str]  # the row's object, its key, xmin and ctid
_XIDS = 2**32
_FIRST_XID = 3  # FirstNormalTransactionId: the oldest id that a user's row can have
_INITDB_ROWS = "what initdb made"  # used like a catalog's name in `CatalogProbe.versions`


@dataclass(frozen=True, slots=True)
class CatalogProbe:
    """The state of all catalogs at one moment.

    Every transaction before the transaction id `horizon` had ended.  `versions` are, by
    catalog, the row versions that were written since the horizon of the previous probe;
    `counts` are the numbers of rows.  `rest_hash` changes with every change of an object that
    is only read as part of the whole schema.
    """

    horizon: int
    versions: Mapping[str, frozenset[RowVersion]]
    counts: Mapping[str, int]
    rest_hash: str

    def since_horizon(self) -> CatalogProbe:
        """This probe without the row versions that are older than its horizon."""
        kept = {
            catalog: frozenset(each for each in found if _is_since(each[3], self.horizon))
            for catalog, found in self.versions.items()
        }
        return CatalogProbe(self.horizon, kept, self.counts, self.rest_hash)


def probe_catalogs(
    prepared: PreparedStatements, major: int, since: int = _FIRST_XID
) -> CatalogProbe:
    """Read the state of the catalogs; `since` is the horizon of the previous probe."""
    ((answer,),) = prepared.run(_probe_sql(major), "xid", f"'{since}'")
    horizon, rest, *catalogs = json.loads(answer)
    counts, versions, initial = {}, {}, set[RowVersion]()
    for watched, (count, found, written) in zip(WATCHED, catalogs, strict=True):
        counts[watched.catalog] = count
        versions[watched.catalog] = frozenset(tuple(each) for each in found or ())
        initial.update(tuple(each) for each in written or ())
    versions[_INITDB_ROWS] = frozenset(initial)
    return CatalogProbe(int(horizon) % _XIDS, versions, counts, json.dumps(rest))


def read_row_keys(run_sql: RunSql, catalogs: Iterable[str]) -> dict[str, dict[str, ObjectAddress]]:
    """The keys of the rows of these catalogs, each with the object that the row belongs to."""
    keyed = [each for each in WATCHED if each.key and each.catalog in set(catalogs)]
    if not keyed:
        return {}
    parts = ", ".join(
        f"(SELECT json_agg(json_build_array(({each.key})::text, {each.unit}, "
        f"({each.unit_oid})::int8)) FROM pg_catalog.{each.catalog} "
        f"WHERE {each.condition} AND ({each.key}) IS NOT NULL)"
        for each in keyed
    )
    ((answer,),) = run_sql(f"SELECT json_build_array({parts})::text")
    return {
        each.catalog: {key: (unit, oid) for key, unit, oid in rows or ()}
        for each, rows in zip(keyed, json.loads(answer), strict=True)
    }


def _is_since(xmin: int, horizon: int) -> bool:
    """Whether a transaction id is `horizon` or later: the 32-bit ids wrap around."""
    return (xmin - horizon) % _XIDS < _XIDS // 2


@cache
def _probe_sql(major: int) -> str:
    newer = "age(xmin) <= (SELECT age($1))"  # a subquery is run once, not for every row
    parts = ", ".join(_catalog_sql(each, newer) for each in WATCHED)
    return f"""SELECT json_build_array(pg_snapshot_xmin(pg_current_snapshot())::text,
        {_rest_sql(major)}, {parts})::text"""


def _catalog_sql(each: WatchedCatalog, newer: str) -> str:
    """One scan of a catalog: the number of its rows, and the new ones, ours and initdb's."""
    key = f"({each.key})::text" if each.key else "NULL"
    ours, initial = f"({each.condition})", f"({each.initial or 'false'} AND {_undecided_sql()})"
    counted = f"count({each.key}) FILTER (WHERE {ours})" if each.key else "0"
    rows = f"({ours} OR {newer})" if each.key else newer
    return f"""(SELECT json_build_array({counted},
            json_agg({_row_version_sql(each, key)}) FILTER (WHERE {newer} AND {ours}),
            json_agg({_row_version_sql(each, "NULL")}) FILTER (WHERE {initial}))
        FROM pg_catalog.{each.catalog} WHERE {rows} AND ({ours} OR {each.initial or "false"}))"""


def _row_version_sql(each: WatchedCatalog, key: str) -> str:
    return f"json_build_array({each.unit}, ({each.unit_oid})::int8, {key}, xmin::text::int8, ctid)"


def _undecided_sql() -> str:
    """The initdb rows that are needed: in a first probe only those of running transactions.

    A complete read follows a first probe, and includes all others.
    """
    since = f"""(SELECT CASE WHEN $1 = '{_FIRST_XID}'
        THEN pg_snapshot_xmin(pg_current_snapshot())::xid ELSE $1 END)"""
    return f"age(xmin) <= (SELECT age({since}))"


def _rest_sql(major: int) -> str:
    """One hash of the catalogs that are only read completely, and of names of shared objects."""
    with_oid: Sequence[str] = catalogs_read_whole(major)
    rows = [
        f"SELECT xmin::text || ctid::text AS version FROM pg_catalog.{name} "
        f"WHERE oid >= {FIRST_USER_OID}"
        for name in with_oid
    ]
    rows += [
        f"SELECT xmin::text || ctid::text FROM pg_catalog.{name} WHERE {oid} >= {FIRST_USER_OID}"
        for name, oid in READ_WHOLE_WITHOUT_OID
    ]
    rows += [
        *(
            f"SELECT xmin::text || ctid::text FROM pg_catalog.{name} WHERE oid < {FIRST_USER_OID}"
            for name in ("pg_namespace", "pg_language")
        ),
        "SELECT xmin::text || ctid::text FROM pg_catalog.pg_depend "
        "WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND deptype IN ('e', 'x')",
        f"SELECT description FROM pg_catalog.pg_description WHERE objoid = {PUBLIC_SCHEMA_OID} "
        "AND classoid = 'pg_catalog.pg_namespace'::regclass",
        "SELECT concat(umid, umoptions) FROM pg_catalog.pg_user_mappings",
        "SELECT oid::text || rolname FROM pg_catalog.pg_roles",
        "SELECT oid::text || spcname FROM pg_catalog.pg_tablespace",
        f"SELECT json_build_array({', '.join(subscription_columns(major))})::text "
        f"{FROM_SUBSCRIPTIONS}",
    ]
    return f"""(SELECT md5(string_agg(version, ' ' ORDER BY version))
        FROM ({" UNION ALL ".join(rows)}) AS of_each)"""
