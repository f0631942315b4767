"""Everything that `pg_dump --schema-only` prints, as families of catalog rows."""

from __future__ import annotations

from functools import cache

from alembic_rehearsal.core.schema.catalog import (
    columns,
    constraints,
    database,
    functions,
    indexes,
    operators,
    relations,
    sequences,
    text_search,
    types,
    unknown,
)
from alembic_rehearsal.core.schema.catalog import default_privileges as defaults
from alembic_rehearsal.core.schema.catalog import foreign_and_replication as elsewhere
from alembic_rehearsal.core.schema.catalog import initial_privileges as given
from alembic_rehearsal.core.schema.catalog import triggers_and_policies as on_tables
from alembic_rehearsal.core.schema.catalog.family import Family

# Units stand before their parts.
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
    on_tables.triggers,
    on_tables.rules,
    on_tables.policies,
    on_tables.statistics,
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
    elsewhere.wrappers,
    elsewhere.servers,
    elsewhere.user_mappings,
    elsewhere.publications,
    elsewhere.subscriptions,
    defaults.default_privileges,
    defaults.security_labels,
    given.given_objects,
    unknown.unknown_objects,
)


@cache
def families(major: int) -> tuple[Family, ...]:
    """What there is on a server of this major."""
    return tuple(family(major) for family in _FAMILIES)
