"""What changed since the last look: row versions and counts of the catalogs, not their content.

A row version is told by who wrote it (xmin) and where it stands (ctid): both survive until
the row is changed, in the middle of a transaction too.
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
RowVersion = tuple[str, int, str | None, int, str]  # whose the row is, its key, xmin and ctid
_XIDS = 2**32
_FIRST_XID = 3  # FirstNormalTransactionId: every row that people wrote is as new as that
_INITDB_ROWS = "what initdb made"  # stands for a catalog in `Look.versions`


@dataclass(frozen=True, slots=True)
class CatalogProbe:
    """One look at all catalogs.

    `horizon` is the transaction id before which all was decided.  `versions` are the row
    versions written since the horizon of the look before, `counts` the rows there are, by
    catalog.  `rest` changes with every change of what is only read as a whole.
    """

    horizon: int
    versions: Mapping[str, frozenset[RowVersion]]
    counts: Mapping[str, int]
    rest_hash: str

    def since_horizon(self) -> CatalogProbe:
        """This look without what the next one, from this horizon on, will not return."""
        kept = {
            catalog: frozenset(each for each in found if _is_since(each[3], self.horizon))
            for catalog, found in self.versions.items()
        }
        return CatalogProbe(self.horizon, kept, self.counts, self.rest_hash)


def probe_catalogs(
    prepared: PreparedStatements, major: int, since: int = _FIRST_XID
) -> CatalogProbe:
    """Look at the catalogs; `since` is the horizon of the look before."""
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
    """For each catalog the keys of its rows, each with what the row belongs to."""
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
    """Whether a transaction id is not before another: they go round in a circle."""
    return (xmin - horizon) % _XIDS < _XIDS // 2


@cache
def _probe_sql(major: int) -> str:
    newer = "age(xmin) <= (SELECT age($1))"  # asked once, and not for every row
    parts = ", ".join(_catalog_sql(each, newer) for each in WATCHED)
    return f"""SELECT json_build_array(pg_snapshot_xmin(pg_current_snapshot())::text,
        {_rest_sql(major)}, {parts})::text"""


def _catalog_sql(each: WatchedCatalog, newer: str) -> str:
    """One scan of a catalog: how many rows count, those written since, those of initdb too."""
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
    """Of what initdb made, a first look needs what is undecided alone: a whole read follows."""
    since = f"""(SELECT CASE WHEN $1 = '{_FIRST_XID}'
        THEN pg_snapshot_xmin(pg_current_snapshot())::xid ELSE $1 END)"""
    return f"age(xmin) <= (SELECT age({since}))"


def _rest_sql(major: int) -> str:
    """Row versions of what is read as a whole; names of what other databases share."""
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
        f"SELECT json_build_array({', '.join(subscription_columns(major))})::text {FROM_SUBSCRIPTIONS}",
    ]
    return f"""(SELECT md5(string_agg(version, ' ' ORDER BY version))
        FROM ({" UNION ALL ".join(rows)}) AS of_each)"""
