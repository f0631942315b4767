"""The family of catalog entries that belong to no other family: they are always reported."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, Family

# Every object has an entry in pg_depend, at least for its schema.  Known are the catalogs of the
# families and of their parts, and those that are no part of a schema, such as large objects.
KNOWN_CATALOGS = """
    pg_class pg_attrdef pg_constraint pg_index pg_rewrite pg_trigger pg_policy pg_type pg_proc
    pg_statistic_ext pg_namespace pg_extension pg_language pg_event_trigger pg_collation
    pg_conversion pg_operator pg_opfamily pg_opclass pg_amop pg_amproc pg_cast pg_transform pg_am
    pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template pg_foreign_data_wrapper
    pg_foreign_server pg_user_mapping pg_publication pg_publication_rel
    pg_publication_namespace pg_subscription pg_default_acl pg_largeobject
    pg_largeobject_metadata pg_init_privs pg_parameter_acl
"""

UNKNOWN_KIND = "unknown object"
_IS_USER_OID = f"oid >= {FIRST_USER_OID}"
_KNOWN_LITERALS = ", ".join(f"'{name}'" for name in KNOWN_CATALOGS.split())


def unknown_objects(major: int) -> Family:
    return Family(
        kinds=(UNKNOWN_KIND,),
        name="strange.what",
        source=f"""FROM (
            SELECT 'an entry of ' || classid::regclass AS what
            FROM pg_catalog.pg_depend WHERE objid >= {FIRST_USER_OID} GROUP BY classid
            HAVING classid NOT IN (SELECT oid FROM pg_catalog.pg_class
                WHERE relnamespace = 'pg_catalog'::regnamespace
                AND relname IN ({_KNOWN_LITERALS}))
            UNION ALL
            SELECT format('relation %s of kind %L', oid::regclass, relkind)
            FROM pg_catalog.pg_class
            WHERE {_IS_USER_OID} AND relkind NOT IN ('r','p','v','m','f','c','S','i','I','t')
            UNION ALL
            SELECT format('constraint %s of kind %L', conname, contype)
            FROM pg_catalog.pg_constraint
            WHERE {_IS_USER_OID} AND contype NOT IN ('c','f','p','u','x','t','n')
            UNION ALL
            SELECT format('type %s of kind %L', oid::regtype, typtype)
            FROM pg_catalog.pg_type
            WHERE {_IS_USER_OID} AND typtype NOT IN ('b','c','d','e','p','r','m')
            UNION ALL
            SELECT format('function %s of kind %L', oid::regprocedure, prokind)
            FROM pg_catalog.pg_proc
            WHERE {_IS_USER_OID} AND prokind NOT IN ('f','p','w','a')) strange
            WHERE true""",
        attributes={},
        catalog="pg_depend",
        oid="0",
        needs=("pg_class", "pg_constraint", "pg_type", "pg_proc"),
    )
