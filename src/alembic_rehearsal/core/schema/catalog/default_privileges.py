"""The families of default privileges and of security labels."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, Family, any_row


def default_privileges(major: int) -> Family:
    kinds = """CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
        WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
        WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END"""
    return Family(
        kinds=("default privileges",),
        name=f"""concat({kinds}, ' of ', d.defaclrole::regrole,
            CASE WHEN d.defaclnamespace <> 0 THEN ' in ' || d.defaclnamespace::regnamespace END)""",
        source="FROM pg_catalog.pg_default_acl d WHERE true",
        attributes={"privileges": "d.defaclacl::text[]"},
        catalog="pg_default_acl",
        oid="d.oid",
        presence=any_row("pg_default_acl"),
    )


def security_labels(major: int) -> Family:
    return Family(
        kinds=("security label",),
        name="""l.provider || ' on ' || (SELECT concat_ws(' ', o.type, o.identity)
            FROM pg_identify_object(l.classoid, l.objoid, l.objsubid) o)""",
        source=f"FROM pg_catalog.pg_seclabel l WHERE l.objoid >= {FIRST_USER_OID}",
        attributes={"label": "l.label"},
        catalog="pg_seclabel",
        oid="0",
        presence=any_row("pg_seclabel"),
    )
