"""What changed since the last look: row versions and counts of the catalogs, not their content.

A row version is told by who wrote it (xmin) and where it stands (ctid): both survive until
the row is changed, in the middle of a transaction too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, PUBLIC
from alembic_rehearsal.core.schema.catalog.foreign_and_replication import SUBSCRIPTIONS, subscribed
from alembic_rehearsal.core.schema.catalog.watched import WATCHED, WHOLE_WITHOUT_OID, Watched, whole
from alembic_rehearsal.core.schema.prepared_statements import Prepared
from alembic_rehearsal.core.schema.query import Ask

Address = tuple[str, int]  # a catalog and an oid in it
Version = tuple[str, int, str | None, int, str]  # whose the row is, its key, xmin and ctid
_XIDS = 2**32
_START = 3  # FirstNormalTransactionId: every row that people wrote is as new as that
_OF_INITDB = "what initdb made"  # stands for a catalog in `Look.versions`


@dataclass(frozen=True, slots=True)
class Look:
    """One look at all catalogs.

    `horizon` is the transaction id before which all was decided.  `versions` are the row
    versions written since the horizon of the look before, `counts` the rows there are, by
    catalog.  `rest` changes with every change of what is only read as a whole.
    """

    horizon: int
    versions: Mapping[str, frozenset[Version]]
    counts: Mapping[str, int]
    rest: str

    def still_undecided(self) -> Look:
        """This look without what the next one, from this horizon on, will not return."""
        kept = {
            catalog: frozenset(each for each in found if _since(each[3], self.horizon))
            for catalog, found in self.versions.items()
        }
        return Look(self.horizon, kept, self.counts, self.rest)


def look(prepared: Prepared, major: int, since: int = _START) -> Look:
    """Look at the catalogs; `since` is the horizon of the look before."""
    ((answer,),) = prepared.ask(_statement(major), "xid", f"'{since}'")
    horizon, rest, *catalogs = json.loads(answer)
    counts, versions, initial = {}, {}, set[Version]()
    for watched, (count, found, written) in zip(WATCHED, catalogs, strict=True):
        counts[watched.catalog] = count
        versions[watched.catalog] = frozenset(tuple(each) for each in found or ())
        initial.update(tuple(each) for each in written or ())
    versions[_OF_INITDB] = frozenset(initial)
    return Look(int(horizon) % _XIDS, versions, counts, json.dumps(rest))


def keys(ask: Ask, catalogs: Iterable[str]) -> dict[str, dict[str, Address]]:
    """For each catalog the keys of its rows, each with what the row belongs to."""
    asked = [each for each in WATCHED if each.key and each.catalog in set(catalogs)]
    if not asked:
        return {}
    parts = ", ".join(
        f"(SELECT json_agg(json_build_array(({each.key})::text, {each.unit}, "
        f"({each.unit_oid})::int8)) FROM pg_catalog.{each.catalog} "
        f"WHERE {each.condition} AND ({each.key}) IS NOT NULL)"
        for each in asked
    )
    ((answer,),) = ask(f"SELECT json_build_array({parts})::text")
    return {
        each.catalog: {key: (unit, oid) for key, unit, oid in rows or ()}
        for each, rows in zip(asked, json.loads(answer), strict=True)
    }


def _since(xmin: int, horizon: int) -> bool:
    """Whether a transaction id is not before another: they go round in a circle."""
    return (xmin - horizon) % _XIDS < _XIDS // 2


@cache
def _statement(major: int) -> str:
    newer = "age(xmin) <= (SELECT age($1))"  # asked once, and not for every row
    parts = ", ".join(_part(each, newer) for each in WATCHED)
    return f"""SELECT json_build_array(pg_snapshot_xmin(pg_current_snapshot())::text,
        {_rest(major)}, {parts})::text"""


def _part(each: Watched, newer: str) -> str:
    """One scan of a catalog: how many rows count, those written since, those of initdb too."""
    key = f"({each.key})::text" if each.key else "NULL"
    ours, initial = f"({each.condition})", f"({each.initial or 'false'} AND {_undecided()})"
    counted = f"count({each.key}) FILTER (WHERE {ours})" if each.key else "0"
    rows = f"({ours} OR {newer})" if each.key else newer
    return f"""(SELECT json_build_array({counted},
            json_agg({_version(each, key)}) FILTER (WHERE {newer} AND {ours}),
            json_agg({_version(each, "NULL")}) FILTER (WHERE {initial}))
        FROM pg_catalog.{each.catalog} WHERE {rows} AND ({ours} OR {each.initial or "false"}))"""


def _version(each: Watched, key: str) -> str:
    return f"json_build_array({each.unit}, ({each.unit_oid})::int8, {key}, xmin::text::int8, ctid)"


def _undecided() -> str:
    """Of what initdb made, a first look needs what is undecided alone: a whole read follows."""
    since = f"""(SELECT CASE WHEN $1 = '{_START}'
        THEN pg_snapshot_xmin(pg_current_snapshot())::xid ELSE $1 END)"""
    return f"age(xmin) <= (SELECT age({since}))"


def _rest(major: int) -> str:
    """Row versions of what is read as a whole; names of what other databases share."""
    with_oid: Sequence[str] = whole(major)
    rows = [
        f"SELECT xmin::text || ctid::text AS version FROM pg_catalog.{name} "
        f"WHERE oid >= {FIRST_USER_OID}"
        for name in with_oid
    ]
    rows += [
        f"SELECT xmin::text || ctid::text FROM pg_catalog.{name} WHERE {oid} >= {FIRST_USER_OID}"
        for name, oid in WHOLE_WITHOUT_OID
    ]
    rows += [
        *(
            f"SELECT xmin::text || ctid::text FROM pg_catalog.{name} WHERE oid < {FIRST_USER_OID}"
            for name in ("pg_namespace", "pg_language")
        ),
        "SELECT xmin::text || ctid::text FROM pg_catalog.pg_depend "
        "WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND deptype IN ('e', 'x')",
        f"SELECT description FROM pg_catalog.pg_description WHERE objoid = {PUBLIC} "
        "AND classoid = 'pg_catalog.pg_namespace'::regclass",
        "SELECT concat(umid, umoptions) FROM pg_catalog.pg_user_mappings",
        "SELECT oid::text || rolname FROM pg_catalog.pg_roles",
        "SELECT oid::text || spcname FROM pg_catalog.pg_tablespace",
        f"SELECT json_build_array({', '.join(subscribed(major))})::text {SUBSCRIPTIONS}",
    ]
    return f"""(SELECT md5(string_agg(version, ' ' ORDER BY version))
        FROM ({" UNION ALL ".join(rows)}) AS of_each)"""
