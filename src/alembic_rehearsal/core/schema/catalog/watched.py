"""The catalogs that a probe reads for new row versions, and the unit of each row."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, Unit


@dataclass(frozen=True, slots=True)
class WatchedCatalog:
    """A catalog whose rows belong to units, which can be read again one by one.

    `unit` and `unit_oid` are SQL over a row; `condition` selects the rows to probe.  `key`
    identifies a row, so that its removal is noticed; "" if a removal shows in another catalog.
    `initial` selects the rows that initdb made, in catalogs where a GRANT on such an object
    writes a new row version; "" in the others.
    """

    catalog: str
    unit: str
    unit_oid: str
    condition: str
    key: str = ""
    initial: str = ""


def _watched_catalog(
    catalog: str,
    unit: Unit,
    unit_oid: str,
    key: str = "",
    condition: str = "true",
    *,
    with_initial: bool = False,
) -> WatchedCatalog:
    ours = f"{unit_oid} >= {FIRST_USER_OID} AND {condition}"
    initial = f"{unit_oid} < {FIRST_USER_OID}" if with_initial else ""
    return WatchedCatalog(catalog, f"'{unit}'", unit_oid, ours, key, initial)


_IS_RELATION_TYPE = f"typrelid <> 0 AND oid >= {FIRST_USER_OID}"
_CONSTRAINT_UNIT = "CASE WHEN conrelid <> 0 THEN 'pg_class' ELSE 'pg_type' END"
_CONSTRAINT_UNIT_OID = "CASE WHEN conrelid <> 0 THEN conrelid ELSE contypid END"

WATCHED = (
    # Indexes have no key here: the rows of pg_index show that one was dropped.
    _watched_catalog(
        "pg_class",
        Unit.RELATION,
        "oid",
        "CASE WHEN relkind NOT IN ('i', 'I') THEN oid END",
        "relkind <> 't' AND relpersistence <> 't'",
        with_initial=True,
    ),
    _watched_catalog(
        "pg_attribute", Unit.RELATION, "attrelid", condition="attnum > 0", with_initial=True
    ),
    _watched_catalog("pg_attrdef", Unit.RELATION, "adrelid"),
    WatchedCatalog(
        "pg_constraint", _CONSTRAINT_UNIT, _CONSTRAINT_UNIT_OID, f"oid >= {FIRST_USER_OID}", "oid"
    ),
    _watched_catalog("pg_index", Unit.RELATION, "indrelid", "indexrelid"),
    _watched_catalog(
        "pg_inherits", Unit.RELATION, "inhrelid", "inhrelid::text || ' ' || inhparent"
    ),
    _watched_catalog("pg_sequence", Unit.RELATION, "seqrelid"),
    _watched_catalog("pg_foreign_table", Unit.RELATION, "ftrelid"),
    # Before 15 a trigger that a partition inherits is internal.
    _watched_catalog(
        "pg_trigger", Unit.RELATION, "tgrelid", "oid", "(NOT tgisinternal OR tgparentid <> 0)"
    ),
    _watched_catalog("pg_rewrite", Unit.RELATION, "ev_class", "oid"),
    _watched_catalog("pg_policy", Unit.RELATION, "polrelid", "oid"),
    _watched_catalog("pg_statistic_ext", Unit.RELATION, "stxrelid", "oid"),
    WatchedCatalog(
        "pg_type",
        f"CASE WHEN {_IS_RELATION_TYPE} THEN '{Unit.RELATION}' ELSE '{Unit.TYPE}' END",
        f"CASE WHEN {_IS_RELATION_TYPE} THEN typrelid ELSE oid END",
        f"oid >= {FIRST_USER_OID}",
        "CASE WHEN typrelid = 0 THEN oid END",
        f"oid < {FIRST_USER_OID}",
    ),
    _watched_catalog("pg_enum", Unit.TYPE, "enumtypid"),
    _watched_catalog("pg_proc", Unit.FUNCTION, "oid", "oid", with_initial=True),
    _watched_catalog("pg_aggregate", Unit.FUNCTION, "aggfnoid::oid"),
    WatchedCatalog(
        "pg_description",
        "classoid::regclass::text",
        "objoid",
        f"objoid >= {FIRST_USER_OID}",
        "classoid::text || ' ' || objoid || ' ' || objsubid",
    ),
)

# After a change in one of these the whole schema is read again: such changes are rare.
_READ_WHOLE = """
    pg_namespace pg_extension pg_language pg_event_trigger pg_collation pg_conversion
    pg_operator pg_opclass pg_opfamily pg_amop pg_amproc pg_cast pg_transform pg_am
    pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template pg_foreign_data_wrapper
    pg_foreign_server pg_publication pg_publication_rel pg_default_acl
"""
# Rows of these have no oid of their own, only the oid of their object.
READ_WHOLE_WITHOUT_OID = (("pg_ts_config_map", "mapcfg"), ("pg_seclabel", "objoid"))


def catalogs_read_whole(major: int) -> tuple[str, ...]:
    """The catalogs with oids for whose rows the whole schema is read again after a change."""
    return (*_READ_WHOLE.split(), *(("pg_publication_namespace",) if major >= 15 else ()))
