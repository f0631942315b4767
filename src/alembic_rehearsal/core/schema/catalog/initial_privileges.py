"""The family of changed privileges on objects that initdb made or that an extension owns.

pg_dump prints for these objects only the later grants and revokes: it compares their privileges
with the initial ones in `pg_init_privs`.
"""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, Family, PresenceTest

_PG_CATALOG = 11  # the oid of the schema (pg_namespace.dat)
_COLUMNS = "schema, classid, objid, objsubid, owner, acl, letter"
# Every object that has privileges, by catalog.  The letters are those of `acldefault`.
# The schemas of users and `public` are in the family of schemas, with their privileges.
_GRANTABLE = f"""
    SELECT relnamespace, 'pg_class'::regclass, oid, 0, relowner, relacl,
        CASE relkind WHEN 'S' THEN 's' ELSE 'r' END
    FROM pg_catalog.pg_class WHERE relacl IS NOT NULL
    UNION ALL SELECT relnamespace, 'pg_class'::regclass, attrelid, attnum, relowner, attacl, 'c'
    FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid
    WHERE attacl IS NOT NULL OR (attrelid, attnum) IN (SELECT objoid, objsubid
        FROM pg_catalog.pg_init_privs WHERE classoid = 'pg_class'::regclass AND objsubid > 0)
    UNION ALL SELECT pronamespace, 'pg_proc'::regclass, oid, 0, proowner, proacl, 'f'
    FROM pg_catalog.pg_proc WHERE proacl IS NOT NULL
    UNION ALL SELECT typnamespace, 'pg_type'::regclass, oid, 0, typowner, typacl, 'T'
    FROM pg_catalog.pg_type WHERE typacl IS NOT NULL
    UNION ALL SELECT oid, 'pg_namespace'::regclass, oid, 0, nspowner, nspacl, 'n'
    FROM pg_catalog.pg_namespace WHERE nspacl IS NOT NULL AND oid < {FIRST_USER_OID}
    UNION ALL SELECT {_PG_CATALOG}, 'pg_language'::regclass, oid, 0, lanowner, lanacl, 'l'
    FROM pg_catalog.pg_language WHERE lanacl IS NOT NULL
    UNION ALL SELECT 0, 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, fdwacl, 'F'
    FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL SELECT 0, 'pg_foreign_server'::regclass, oid, 0, srvowner, srvacl, 'S'
    FROM pg_catalog.pg_foreign_server WHERE srvacl IS NOT NULL"""

_DEFAULT_ACL = 'acldefault(g.letter::"char", g.owner)'
# The acl of a column becomes NULL when its last privilege is revoked.
_CURRENT_ACL = f"coalesce(g.acl, {_DEFAULT_ACL})"
_INITIAL_ACL = f"coalesce(i.initprivs, {_DEFAULT_ACL})"
# Of the schemas that initdb makes pg_dump reads only pg_catalog; information_schema has no
# entry in pg_init_privs.
_CHANGED = f"""FROM ({_GRANTABLE}) AS g ({_COLUMNS})
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = g.classid AND i.objoid = g.objid
        AND i.objsubid = g.objsubid
    WHERE g.acl IS DISTINCT FROM i.initprivs
    AND NOT ({_CURRENT_ACL} @> {_INITIAL_ACL} AND {_CURRENT_ACL} <@ {_INITIAL_ACL})
    AND CASE WHEN g.objid < {FIRST_USER_OID} THEN g.schema = {_PG_CATALOG}
        ELSE EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = g.classid AND d.objid = g.objid AND d.deptype = 'e') END"""


def changed_privileges(major: int) -> Family:
    return Family(
        kinds=("privileges",),
        name="""(SELECT concat_ws(' ', 'on', o.type, o.identity)
            FROM pg_identify_object(g.classid, g.objid, g.objsubid) o)""",
        source=_CHANGED,
        attributes={
            "privileges": f"""json_build_object('granted', {_CURRENT_ACL}::text[],
                'default', {_INITIAL_ACL}::text[])"""
        },
        catalog="pg_init_privs",
        oid="0",
        needs=(
            *("pg_class", "pg_attribute", "pg_proc", "pg_type", "pg_namespace", "pg_language"),
            *("pg_foreign_data_wrapper", "pg_foreign_server", "pg_depend"),
        ),
        # The condition holds for one row, so that the subquery runs once.
        presence=PresenceTest(
            "pg_namespace", f"oid = {_PG_CATALOG} AND EXISTS (SELECT {_CHANGED})"
        ),
    )
