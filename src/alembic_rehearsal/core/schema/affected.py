"""The units to read again after a change: the changed ones, and those that depend on them.

A rename changes the printed text of views, indexes, constraints and policies that depend on the
renamed object, and changes none of their catalog rows.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from alembic_rehearsal.core.schema.catalog.family import FIRST_USER_OID, Unit
from alembic_rehearsal.core.schema.prepared_statements import PreparedStatements
from alembic_rehearsal.core.schema.probe import ObjectAddress
from alembic_rehearsal.core.schema.reading_sql import PARAMETER_TYPES, unit_parameters

# LATERAL with OFFSET 0 forces one index scan for each row.  Without it the planner, which has no
# statistics of a new database, would scan all of pg_depend.
_FIND_UNITS = """
WITH RECURSIVE given AS (
    SELECT 'pg_class'::regclass::oid AS classid, oid AS objid FROM unnest($1) AS oid
    UNION ALL SELECT 'pg_type'::regclass, oid FROM unnest($2) AS oid
    UNION ALL SELECT 'pg_proc'::regclass, oid FROM unnest($3) AS oid
), types AS (
    SELECT objid AS oid FROM given WHERE classid = 'pg_type'::regclass
    UNION SELECT reltype FROM pg_catalog.pg_class WHERE oid = ANY ($1) AND reltype <> 0
    -- Arrays, domains and ranges of the type, and row types with a column of it: a constant of
    -- such a type prints the values of an enum, and depends only on the array, domain or row.
    UNION SELECT CASE WHEN d.classid = 'pg_type'::regclass THEN d.objid ELSE c.reltype END
    FROM types, LATERAL (SELECT classid, objid FROM pg_catalog.pg_depend
        WHERE refclassid = 'pg_type'::regclass AND refobjid = types.oid OFFSET 0) d
    LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    WHERE d.classid = 'pg_type'::regclass OR c.reltype <> 0
), named AS (
    SELECT * FROM given UNION SELECT 'pg_type'::regclass, oid FROM types
    -- Before 15 a view on the result of a function does not depend on its columns.
    UNION SELECT d.classid, d.objid FROM types, LATERAL (
        SELECT classid, objid FROM pg_catalog.pg_depend
        WHERE refclassid = 'pg_type'::regclass AND refobjid = types.oid OFFSET 0) d
    WHERE d.classid = 'pg_proc'::regclass
), touched AS (
    SELECT * FROM named
    UNION SELECT d.classid, d.objid FROM named, LATERAL (
        SELECT classid, objid FROM pg_catalog.pg_depend
        WHERE refclassid = named.classid AND refobjid = named.objid OFFSET 0) d
    -- The column of an identity sequence: it shows the settings of the sequence.
    UNION SELECT d.refclassid, d.refobjid FROM given, LATERAL (
        SELECT refclassid, refobjid, deptype, refobjsubid FROM pg_catalog.pg_depend
        WHERE classid = given.classid AND objid = given.objid OFFSET 0) d
        WHERE d.deptype = 'i' AND d.refobjsubid > 0
), units AS (
    SELECT CASE t.classid::regclass::text
        WHEN 'pg_class' THEN (SELECT CASE WHEN relkind <> 't' THEN coalesce(indrelid, oid) END
            FROM pg_catalog.pg_class LEFT JOIN pg_catalog.pg_index ON indexrelid = oid
            WHERE oid = objid)
        WHEN 'pg_type' THEN (SELECT CASE WHEN typrelid <> 0 THEN typrelid ELSE oid END
            FROM pg_catalog.pg_type WHERE oid = objid)
        WHEN 'pg_proc' THEN t.objid
        WHEN 'pg_rewrite' THEN (SELECT ev_class FROM pg_catalog.pg_rewrite WHERE oid = objid)
        WHEN 'pg_attrdef' THEN (SELECT adrelid FROM pg_catalog.pg_attrdef WHERE oid = objid)
        WHEN 'pg_constraint' THEN (SELECT CASE WHEN conrelid <> 0 THEN conrelid ELSE contypid END
            FROM pg_catalog.pg_constraint WHERE oid = objid)
        WHEN 'pg_trigger' THEN (SELECT tgrelid FROM pg_catalog.pg_trigger WHERE oid = objid)
        WHEN 'pg_policy' THEN (SELECT polrelid FROM pg_catalog.pg_policy WHERE oid = objid)
        WHEN 'pg_statistic_ext' THEN
            (SELECT stxrelid FROM pg_catalog.pg_statistic_ext WHERE oid = objid)
        ELSE 0 END AS oid,
        CASE t.classid::regclass::text WHEN 'pg_proc' THEN 'pg_proc'
        WHEN 'pg_type' THEN CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_type
            WHERE oid = objid AND typrelid = 0) THEN 'pg_type' ELSE 'pg_class' END
        WHEN 'pg_constraint' THEN CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint
            WHERE oid = objid AND conrelid = 0) THEN 'pg_type' ELSE 'pg_class' END
        ELSE 'pg_class' END AS unit
    FROM touched t
    -- Grants may have changed on an object of an extension: only a complete read shows that.
    UNION ALL SELECT 0, 'pg_class' FROM (SELECT * FROM given UNION ALL
        SELECT 'pg_type'::regclass, reltype FROM pg_catalog.pg_class WHERE oid = ANY ($1)) own,
    LATERAL (SELECT FROM pg_catalog.pg_depend WHERE classid = own.classid
        AND objid = own.objid AND deptype = 'e' OFFSET 0) member
)
SELECT coalesce(json_agg(DISTINCT json_build_array(unit, oid::int8)::text)::text, '[]')
FROM units WHERE oid IS NOT NULL
"""


def find_units_to_read(
    prepared: PreparedStatements, changed: Collection[ObjectAddress]
) -> dict[Unit, set[int]] | None:
    """The units whose text may have changed because these objects have changed.

    None if one of the objects, or one that depends on them, is only read completely.
    """
    if any(oid < FIRST_USER_OID for _, oid in changed):
        return None
    units = {unit: {oid for kind, oid in changed if kind == unit} for unit in Unit}
    if len({*changed}) != sum(len(found) for found in units.values()):
        return None  # a comment on an object that belongs to no unit
    ((answer,),) = prepared.run(_FIND_UNITS, PARAMETER_TYPES, *unit_parameters(units))
    for text in json.loads(answer):
        unit, oid = json.loads(text)
        if oid == 0:
            return None
        units[Unit(unit)].add(oid)
    return units
