"""The description of a family of objects as SQL: where its rows come from, and what they mean.

It is text only.  The other modules of this folder define the families, and
`core/schema/reading_sql.py` builds one statement from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

FIRST_USER_OID = 16384  # FirstNormalObjectId: the objects that initdb makes have smaller oids
PUBLIC_SCHEMA_OID = 2200  # the oid of the schema public that initdb makes (pg_namespace.dat)


class Unit(StrEnum):
    """An object that is read again together with its parts after a change; named by its catalog."""

    RELATION = "pg_class"
    TYPE = "pg_type"
    FUNCTION = "pg_proc"


class Dependence(Enum):
    """Whether an object can exist without the unit with which it is read."""

    INDEPENDENT = "can exist without it"
    DEPENDENT = "cannot exist without it, but has a qualified name of its own"
    PART = "cannot exist without it, and its name is unique only within it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The parts of a name that Postgres generates, as SQL; see `generated_names.py`.

    `name` is the object's own name.  Without a `table` Postgres generates no name for it.
    `columns` are the numbers of columns of the unit, whose names have been read already;
    `addition` is the text to use where there are no such numbers.
    """

    name: str = "NULL"
    table: str = "NULL"
    label: str = "NULL"
    columns: str = "NULL"
    addition: str = "NULL"


@dataclass(frozen=True, slots=True)
class PresenceTest:
    """A condition on a catalog: if no row meets it, a family has no rows.

    `unit_oid` is the oid of the unit that the row belongs to; "" if the first row of such a
    family leads to a complete read in any case.
    """

    catalog: str
    condition: str
    unit_oid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """The rows of one kind of object, or of a few kinds that share a catalog.

    Every expression is SQL over `source`, a FROM clause that ends with conditions.

    `kinds` are plain words ("table"); if there are several, `kind_of` is the expression that
    chooses one.  `name` is quoted, and qualified unless the object is a part.  `catalog`, `oid`
    and `column` identify the object in pg_description.  `needs` are further catalogs that the
    role must be able to read.  `unit` and `unit_oid` are the unit with which a row is read
    again; without a unit only a complete read includes it.  `naming` has the parts of a
    generated name.  If there is a `position`, the rows of a unit are sorted by it and numbered,
    and other families find the names of these columns by number.

    `attributes` give text in Postgres's own form: NULL for the default of a new object, an
    array for values without an order, and for grants the result of `privileges`.
    `rare_attributes` are further ones, computed only where `rare_if` is true.  `normalize`
    brings the attributes of a row into their final form.  `presence` is the test whether the
    family can have rows: it is faster than planning the family's own query.
    """

    kinds: tuple[str, ...]
    name: str
    catalog: str
    oid: str
    source: str
    attributes: Mapping[str, str]
    rare_attributes: Mapping[str, str] = field(default_factory=dict)
    rare_if: str = "false"
    needs: tuple[str, ...] = ()
    dependence: Dependence = Dependence.INDEPENDENT
    unit: Unit | None = None
    unit_oid: str = "NULL"
    naming: Naming = Naming()
    position: str = ""
    kind_of: str = ""
    column: str = "0"
    normalize: Callable[[dict[str, str]], None] | None = None
    presence: PresenceTest | None = None

    @property
    def kind(self) -> str:
        """The SQL expression for an object's kind."""
        return self.kind_of or f"'{self.kinds[0]}'"

    @property
    def catalogs(self) -> tuple[str, ...]:
        """Every catalog that the role must be able to read."""
        return (self.catalog, *self.needs)


def is_user_object(catalog: str, oid: str) -> str:
    """The condition that excludes the objects that initdb made, and those of extensions."""
    return (
        f"{oid} >= {FIRST_USER_OID} AND {oid} NOT IN "
        f"(SELECT objid FROM members WHERE classid = 'pg_catalog.{catalog}'::regclass)"
    )


def any_user_row(catalog: str, condition: str = "true", *, unit_oid: str = "") -> PresenceTest:
    """The test for a row that initdb did not make; an extension may have made it."""
    return PresenceTest(catalog, f"oid >= {FIRST_USER_OID} AND {condition}", unit_oid)


def any_row(catalog: str, *, unit_oid: str = "") -> PresenceTest:
    """The test for any row of a catalog."""
    return PresenceTest(catalog, "true", unit_oid)


def is_not_temporary(schema: str) -> str:
    """The condition that excludes the objects in temporary schemas of sessions."""
    return f"({schema} <> pg_my_temp_schema() AND NOT pg_is_other_temp_schema({schema}))"


def qualified_name(schema: str, name: str) -> str:
    """A qualified name, quoted as Postgres quotes it."""
    return f"({schema}::regnamespace::text || '.' || quote_ident({name}))"


def owner_and_privileges(owner: str, acl: str, letter: str) -> dict[str, str]:
    """The attributes for owner and privileges.

    `letter` is the type of object as `acldefault` knows it (PostgreSQL manual, System
    Information Functions).
    """
    return {"owner": f"{owner}::regrole::text", "privileges": privileges(owner, acl, letter)}


def privileges(owner: str, acl: str, letter: str) -> str:
    """The privileges that were granted and the default ones, as JSON; NULL without any grant."""
    default = f"acldefault('{letter}', {owner})"
    return (
        f"CASE WHEN {acl} IS NOT NULL THEN json_build_object('granted', {acl}::text[], "
        f"'default', {default}::text[]) END"
    )


def flag(condition: str) -> str:
    """'yes' or NULL."""
    return f"CASE WHEN {condition} THEN 'yes' END"


def oid_name(column: str, alias: str) -> str:
    """The name of an oid, by an alias type such as regtype; NULL for the oid 0."""
    return f"CASE WHEN {column} <> 0 THEN {column}::{alias}::text END"


def tablespace_name(column: str) -> str:
    """The name of a tablespace; NULL for the oid 0, the database's default."""
    return (
        f"CASE WHEN {column} <> 0 THEN "
        f"(SELECT spcname::text FROM pg_catalog.pg_tablespace WHERE oid = {column}) END"
    )


def commented_oids(catalog: str, first: int = FIRST_USER_OID) -> str:
    """A query for the oids, from `first` on, of the objects of a catalog that have a comment."""
    return (
        f"SELECT objoid FROM pg_catalog.pg_description WHERE objoid >= {first} "
        f"AND classoid = 'pg_catalog.{catalog}'::regclass AND objsubid = 0"
    )


def extensions_needed(catalog: str, oid: str) -> str:
    """The extensions on which the object depends (DEPENDS ON EXTENSION), as an array."""
    return f"""ARRAY(SELECT e.extname::text FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = {oid}
        AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'x')"""


def without_secrets(array: str) -> str:
    """An array of options; an option that may hold a secret has `***` for its value."""
    return f"""CASE WHEN {array} IS NOT NULL THEN
        ARRAY(SELECT CASE WHEN each ~* '^[^=]*(pass|secret|key|token)'
            THEN split_part(each, '=', 1) || '=***' ELSE each END
        FROM unnest({array}) AS each) END"""
