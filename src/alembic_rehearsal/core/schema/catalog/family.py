"""What one family of objects is: where its rows come from, and what each row says.

Only text: which families there are is in the neighbouring modules, how they become one
statement in `schema/statement.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

FIRST_USER_OID = 16384  # FirstNormalObjectId: what initdb makes has a smaller one
PUBLIC_SCHEMA_OID = 2200  # the oid of the schema public that initdb makes (pg_namespace.dat)


class Unit(StrEnum):
    """What is read again as a whole when something of it changed, by its catalog."""

    RELATION = "pg_class"
    TYPE = "pg_type"
    FUNCTION = "pg_proc"


class Dependence(Enum):
    """Whether an object can be without the unit that it is read with."""

    INDEPENDENT = "it can"
    DEPENDENT = "it cannot, and has a qualified name all the same"
    PART = "it cannot, and is named within it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What Postgres would make an object's name from, as SQL; see `names.chosen_by_postgres`.

    Without a `table` the name is people's in any case.  `columns` are numbers of columns
    of the object's unit, whose names are known without another look; `addition` is what
    stands for them where the numbers do not say it.
    """

    name: str = "NULL"
    table: str = "NULL"
    label: str = "NULL"
    columns: str = "NULL"
    addition: str = "NULL"


@dataclass(frozen=True, slots=True)
class PresenceTest:
    """A row of a catalog without which a family has none.

    `unit_oid` says which unit the row belongs to; "" where a family that comes up makes
    everything be read again in any case.
    """

    catalog: str
    condition: str
    unit_oid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """The rows of one kind of object, or of few that share a catalog.

    Every expression is SQL over `source`, a FROM clause that ends in conditions.

    `kinds` are people's words; where there are several, `kind_of` says which.  `name` is
    quoted, and qualified by itself unless the object is a part.  `catalog`, `oid` and
    `column` are what comments know the object by.  `needs` are further catalogs that the
    role must be able to read.  `unit` and `unit_oid` say what the row is read again with;
    without a unit only a whole read has it.  `naming` says what Postgres
    would have made the name from.  Where there is a `position`, the rows of a unit are read
    in its order, and numbered; others know its columns by the name in `naming`.

    `attributes` give text in Postgres's own form, NULL where the object has what every new
    one has; an array for what has no order; for grants what `privileges` gives.  `seldom`
    are more of them, computed where `seldom_if` holds.  `shape` brings the attributes of a
    row into their final form.  `present` is what there is where there can be a row at all:
    planning a family costs more than asking for that.
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
        """The SQL expression that gives an object's kind."""
        return self.kind_of or f"'{self.kinds[0]}'"

    @property
    def catalogs(self) -> tuple[str, ...]:
        """Every catalog that the role must be able to read."""
        return (self.catalog, *self.needs)


def is_user_object(catalog: str, oid: str) -> str:
    """The condition that leaves out what initdb made and what an extension owns."""
    return (
        f"{oid} >= {FIRST_USER_OID} AND {oid} NOT IN "
        f"(SELECT objid FROM members WHERE classid = 'pg_catalog.{catalog}'::regclass)"
    )


def any_user_row(catalog: str, condition: str = "true", *, unit_oid: str = "") -> PresenceTest:
    """A row that initdb did not make; extensions may have."""
    return PresenceTest(catalog, f"oid >= {FIRST_USER_OID} AND {condition}", unit_oid)


def any_row(catalog: str, *, unit_oid: str = "") -> PresenceTest:
    return PresenceTest(catalog, "true", unit_oid)


def is_not_temporary(schema: str) -> str:
    """The condition that leaves out what lives in a session's temporary schema."""
    return f"({schema} <> pg_my_temp_schema() AND NOT pg_is_other_temp_schema({schema}))"


def qualified_name(schema: str, name: str) -> str:
    """A qualified name, quoted where Postgres would."""
    return f"({schema}::regnamespace::text || '.' || quote_ident({name}))"


def owner_and_privileges(owner: str, acl: str, letter: str) -> dict[str, str]:
    """Owner and privileges.

    `letter` is the type of object as `acldefault` knows it (PostgreSQL manual, System
    Information Functions).
    """
    return {"owner": f"{owner}::regrole::text", "privileges": privileges(owner, acl, letter)}


def privileges(owner: str, acl: str, letter: str) -> str:
    """What was granted, beside what would hold if nothing had been."""
    default = f"acldefault('{letter}', {owner})"
    return (
        f"CASE WHEN {acl} IS NOT NULL THEN json_build_object('granted', {acl}::text[], "
        f"'default', {default}::text[]) END"
    )


def flag(condition: str) -> str:
    """'yes' or nothing."""
    return f"CASE WHEN {condition} THEN 'yes' END"


def oid_name(column: str, alias: str) -> str:
    """An oid that may be 0, as the name that the alias type gives it."""
    return f"CASE WHEN {column} <> 0 THEN {column}::{alias}::text END"


def tablespace_name(column: str) -> str:
    return (
        f"CASE WHEN {column} <> 0 THEN "
        f"(SELECT spcname::text FROM pg_catalog.pg_tablespace WHERE oid = {column}) END"
    )


def commented_oids(catalog: str, first: int = FIRST_USER_OID) -> str:
    """The oids, from the first on, that have a comment."""
    return (
        f"SELECT objoid FROM pg_catalog.pg_description WHERE objoid >= {first} "
        f"AND classoid = 'pg_catalog.{catalog}'::regclass AND objsubid = 0"
    )


def extensions_needed(catalog: str, oid: str) -> str:
    """The extensions with which the object goes (DEPENDS ON EXTENSION)."""
    return f"""ARRAY(SELECT e.extname::text FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = {oid}
        AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'x')"""


def without_secrets(array: str) -> str:
    """Options, of which those that hold a secret show their name alone."""
    return f"""CASE WHEN {array} IS NOT NULL THEN
        ARRAY(SELECT CASE WHEN each ~* '^[^=]*(pass|secret|key|token)'
            THEN split_part(each, '=', 1) || '=***' ELSE each END
        FROM unnest({array}) AS each) END"""
