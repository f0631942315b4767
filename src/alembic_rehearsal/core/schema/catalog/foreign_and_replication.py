"""The families that refer to other servers: foreign data, publications and subscriptions."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    any_row,
    any_user_row,
    flag,
    is_user_object,
    oid_name,
    owner_and_privileges,
    without_secrets,
)

HIDDEN = "not shown to this role"


def foreign_data_wrappers(major: int) -> Family:
    return Family(
        kinds=("foreign data wrapper",),
        catalog="pg_foreign_data_wrapper",
        oid="w.oid",
        name="quote_ident(w.fdwname)",
        source=f"""FROM pg_catalog.pg_foreign_data_wrapper w
            WHERE {is_user_object("pg_foreign_data_wrapper", "w.oid")}""",
        attributes={
            **owner_and_privileges("w.fdwowner", "w.fdwacl", "F"),
            "handler": oid_name("w.fdwhandler", "regprocedure"),
            "validator": oid_name("w.fdwvalidator", "regprocedure"),
            "options": without_secrets("w.fdwoptions"),
        },
        presence=any_user_row("pg_foreign_data_wrapper"),
    )


def foreign_servers(major: int) -> Family:
    return Family(
        kinds=("foreign server",),
        catalog="pg_foreign_server",
        oid="s.oid",
        name="quote_ident(s.srvname)",
        source=f"""FROM pg_catalog.pg_foreign_server s
            JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
            WHERE {is_user_object("pg_foreign_server", "s.oid")}""",
        attributes={
            **owner_and_privileges("s.srvowner", "s.srvacl", "S"),
            "wrapper": "w.fdwname::text",
            "type": "s.srvtype",
            "version": "s.srvversion",
            "options": without_secrets("s.srvoptions"),
        },
        needs=("pg_foreign_data_wrapper",),
        presence=any_user_row("pg_foreign_server"),
    )


def user_mappings(major: int) -> Family:
    """Every role can see that a user mapping exists, but few can see its options."""
    return Family(
        kinds=("user mapping",),
        name="quote_ident(m.usename) || ' for ' || quote_ident(m.srvname)",
        source="FROM pg_catalog.pg_user_mappings m WHERE true",
        attributes={
            "options": without_secrets("m.umoptions"),
            HIDDEN: """CASE WHEN m.umoptions IS NULL AND NOT (SELECT rolsuper
                FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN 'yes' END""",
        },
        catalog="pg_user_mappings",
        oid="m.umid",
        presence=any_row("pg_user_mappings"),
    )


def publications(major: int) -> Family:
    generated = {"generated columns": "NULLIF(p.pubgencols::text, 'n')"} if major >= 18 else {}
    schemas: dict[str, str] = {}
    filtered: tuple[str, ...] = ()
    if major >= 15:
        filtered = ("pg_publication_namespace", "pg_attribute")
        schemas = {
            "schemas": """ARRAY(SELECT pnnspid::regnamespace::text
                FROM pg_catalog.pg_publication_namespace WHERE pnpubid = p.oid)"""
        }
    return Family(
        kinds=("publication",),
        catalog="pg_publication",
        oid="p.oid",
        name="quote_ident(p.pubname)",
        source=f"""FROM pg_catalog.pg_publication p
            WHERE {is_user_object("pg_publication", "p.oid")}""",
        attributes={
            "owner": "p.pubowner::regrole::text",
            "all tables": flag("p.puballtables"),
            "operations": """concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
                CASE WHEN p.pubtruncate THEN 'truncate' END)""",
            "via root": flag("p.pubviaroot"),
            **generated,
            **schemas,
            "tables": _published_tables(major),
        },
        needs=("pg_publication_rel", *filtered),
        presence=any_user_row("pg_publication"),
    )


def _published_tables(major: int) -> str:
    which = "r.prrelid::regclass::text"
    if major >= 15:
        which = """concat(r.prrelid::regclass, (SELECT ' (' || string_agg(quote_ident(attname), ', '
                ORDER BY attnum) || ')' FROM pg_catalog.pg_attribute
                WHERE attrelid = r.prrelid AND attnum = ANY (r.prattrs)),
            ' WHERE ' || pg_get_expr(r.prqual, r.prrelid))"""
    return f"ARRAY(SELECT {which} FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid)"


# Only those of this database: the catalog is shared by all databases of the cluster.
FROM_SUBSCRIPTIONS = """FROM pg_catalog.pg_subscription u WHERE u.subdbid =
    (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"""


def subscriptions(major: int) -> Family:
    """Without the connection string: it holds a password, and few roles may read it."""
    return Family(
        kinds=("subscription",),
        name="quote_ident(u.subname)",
        source=FROM_SUBSCRIPTIONS,
        attributes=_subscription_attributes(major),
        # Every role may read these columns of pg_subscription.
        catalog="pg_database",
        oid="0",
        presence=any_row("pg_subscription"),
    )


def subscription_columns(major: int) -> tuple[str, ...]:
    """The name and all attributes of a subscription, as SQL over `FROM_SUBSCRIPTIONS`."""
    return ("u.subname", *_subscription_attributes(major).values())


# A boolean before 16; from 18 on the default is parallel.
_STREAMING = """CASE u.substream::text WHEN 'true' THEN 'on' WHEN 't' THEN 'on'
    WHEN 'p' THEN 'parallel' ELSE 'off' END"""


def _subscription_attributes(major: int) -> dict[str, str]:
    """The attributes that every role may read; newer majors have more."""
    attributes = {
        "owner": "u.subowner::regrole::text",
        "enabled": flag("u.subenabled"),
        "slot": "u.subslotname::text",
        "publications": "u.subpublications",
    }
    if major >= 14:
        attributes |= {
            "comment": "obj_description(u.oid, 'pg_subscription')",
            "binary": flag("u.subbinary"),
            "streaming": _STREAMING,
            "synchronous commit": "u.subsynccommit",
        }
    if major >= 15:
        attributes |= {
            "two phase": flag("u.subtwophasestate <> 'd'"),
            "disable on error": flag("u.subdisableonerr"),
        }
    if major >= 16:
        attributes |= {
            "password not required": flag("NOT u.subpasswordrequired"),
            "run as owner": flag("u.subrunasowner"),
            "origin": "NULLIF(u.suborigin, 'any')",
        }
    if major >= 17:
        attributes["failover"] = flag("u.subfailover")
    return attributes
