"""The families of objects at the top of a database.

These are schemas, extensions, languages, event triggers, collations and conversions.
"""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    FIRST_USER_OID,
    PUBLIC_SCHEMA_OID,
    Family,
    any_user_row,
    commented_oids,
    flag,
    is_not_temporary,
    is_user_object,
    oid_name,
    owner_and_privileges,
    qualified_name,
)
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import ENABLED


def schemas(major: int) -> Family:
    """All schemas, also those that extensions own: users may create objects in them.

    The comment that initdb writes on `public` is not reported; its absence is, from PostgreSQL
    15 on, because pg_dump prints it from then on.
    """
    uncommented = f"n.nspname = 'public' AND n.oid NOT IN ({commented_oids('pg_namespace', 0)})"
    return Family(
        kinds=("schema",),
        name="n.oid::regnamespace::text",
        source=f"""FROM pg_catalog.pg_namespace n
            WHERE (n.oid >= {FIRST_USER_OID} OR n.oid = {PUBLIC_SCHEMA_OID})
            AND n.nspname !~ '^pg_'""",
        catalog="pg_namespace",
        oid="n.oid",
        attributes={
            **owner_and_privileges("n.nspowner", "n.nspacl", "n"),
            **({"without its usual comment": flag(uncommented)} if major >= 15 else {}),
        },
    )


def extensions(major: int) -> Family:
    return Family(
        kinds=("extension",),
        name="quote_ident(e.extname)",
        source="FROM pg_catalog.pg_extension e WHERE true",
        attributes={
            "version": "e.extversion",
            "schema": "e.extnamespace::regnamespace::text",
            "owner": "e.extowner::regrole::text",
        },
        catalog="pg_extension",
        oid="e.oid",
    )


def languages(major: int) -> Family:
    return Family(
        kinds=("language",),
        catalog="pg_language",
        oid="l.oid",
        name="quote_ident(l.lanname)",
        source=f"FROM pg_catalog.pg_language l WHERE {is_user_object('pg_language', 'l.oid')}",
        attributes={
            **owner_and_privileges("l.lanowner", "l.lanacl", "l"),
            "trusted": flag("l.lanpltrusted"),
            "handler": oid_name("l.lanplcallfoid", "regprocedure"),
            "inline handler": oid_name("l.laninline", "regprocedure"),
            "validator": oid_name("l.lanvalidator", "regprocedure"),
        },
        presence=any_user_row("pg_language"),
    )


def event_triggers(major: int) -> Family:
    return Family(
        kinds=("event trigger",),
        catalog="pg_event_trigger",
        oid="v.oid",
        name="quote_ident(v.evtname)",
        source=f"""FROM pg_catalog.pg_event_trigger v
            WHERE {is_user_object("pg_event_trigger", "v.oid")}""",
        attributes={
            "owner": "v.evtowner::regrole::text",
            "event": "v.evtevent::text",
            "function": "v.evtfoid::regprocedure::text",
            "fires": f"CASE v.evtenabled {ENABLED} END",
            "tags": "array_to_string(v.evttags, ', ')",
        },
        presence=any_user_row("pg_event_trigger"),
    )


def collations(major: int) -> Family:
    """Collations, without the version of the operating system's library: it is no schema."""
    if major >= 17:
        locale = {"locale": "k.colllocale", "rules": "k.collicurules"}
    elif major >= 15:
        rules = {"rules": "k.collicurules"} if major >= 16 else {}
        locale = {"locale": "k.colliculocale", **rules}
    else:
        locale = {}
    return Family(
        kinds=("collation",),
        catalog="pg_collation",
        oid="k.oid",
        name=qualified_name("k.collnamespace", "k.collname"),
        source=f"""FROM pg_catalog.pg_collation k
            WHERE {is_user_object("pg_collation", "k.oid")}
            AND {is_not_temporary("k.collnamespace")}""",
        attributes={
            "owner": "k.collowner::regrole::text",
            "provider": """CASE k.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu'
                WHEN 'b' THEN 'builtin' ELSE 'default' END""",
            "nondeterministic": flag("NOT k.collisdeterministic"),
            "collate": "k.collcollate::text",
            "character type": "k.collctype::text",
            **locale,
        },
        presence=any_user_row("pg_collation"),
    )


def conversions(major: int) -> Family:
    return Family(
        kinds=("conversion",),
        catalog="pg_conversion",
        oid="v.oid",
        name=qualified_name("v.connamespace", "v.conname"),
        source=f"""FROM pg_catalog.pg_conversion v
            WHERE {is_user_object("pg_conversion", "v.oid")}""",
        attributes={
            "owner": "v.conowner::regrole::text",
            "from": "pg_encoding_to_char(v.conforencoding)::text",
            "to": "pg_encoding_to_char(v.contoencoding)::text",
            "function": "v.conproc::regproc::text",
            "default": flag("v.condefault"),
        },
        presence=any_user_row("pg_conversion"),
    )
