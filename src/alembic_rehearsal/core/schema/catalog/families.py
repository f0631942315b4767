"""The list of all families: together they cover what `pg_dump --schema-only` prints."""

from __future__ import annotations

from functools import cache

from alembic_rehearsal.core.schema.catalog import (
    columns,
    constraints,
    database,
    default_privileges,
    foreign_and_replication,
    functions,
    indexes,
    initial_privileges,
    operators,
    relations,
    sequences,
    text_search,
    triggers_and_policies,
    types,
    unknown,
)
from alembic_rehearsal.core.schema.catalog.family import Family

# A family of units must come before the families of their parts.
_FAMILIES = (
    relations.relations,
    relations.foreign_tables,
    relations.composite_types,
    types.enums,
    types.domains,
    types.ranges,
    types.other_types,
    columns.columns,
    constraints.constraints,
    constraints.domain_constraints,
    indexes.indexes,
    sequences.sequences,
    triggers_and_policies.triggers,
    triggers_and_policies.rules,
    triggers_and_policies.policies,
    triggers_and_policies.statistics,
    functions.functions,
    functions.aggregates,
    database.schemas,
    database.extensions,
    database.languages,
    database.event_triggers,
    database.collations,
    database.conversions,
    operators.operators,
    operators.operator_families,
    operators.operator_classes,
    operators.casts,
    operators.transforms,
    operators.access_methods,
    text_search.configurations,
    text_search.dictionaries,
    text_search.parsers,
    text_search.templates,
    foreign_and_replication.foreign_data_wrappers,
    foreign_and_replication.foreign_servers,
    foreign_and_replication.user_mappings,
    foreign_and_replication.publications,
    foreign_and_replication.subscriptions,
    default_privileges.default_privileges,
    default_privileges.security_labels,
    initial_privileges.changed_privileges,
    unknown.unknown_objects,
)


@cache
def families(major: int) -> tuple[Family, ...]:
    """All families, with the SQL for a server of this PostgreSQL major."""
    return tuple(family(major) for family in _FAMILIES)
