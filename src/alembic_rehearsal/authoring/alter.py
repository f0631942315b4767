"""The steps that alter an object in place.

Objects that cannot be altered in place are dropped and created again: `recreate.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from alembic_rehearsal.authoring.alter_column import column_changes
from alembic_rehearsal.authoring.create import CREATE
from alembic_rehearsal.authoring.guards import owner_and_name
from alembic_rehearsal.authoring.object_steps import names_of, rank_of
from alembic_rehearsal.authoring.order import rank
from alembic_rehearsal.authoring.set_attribute import find_setter, setter_guard
from alembic_rehearsal.authoring.side import Side, last_part
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangeStep, Phase
from alembic_rehearsal.core.schema.picture import SchemaObject

ROUTINES = ("function", "procedure")
_NOT_REPLACEABLE = frozenset({"result", "arguments", "window"})


@dataclass(frozen=True, slots=True)
class Alteration:
    """The steps that change one object.

    `without_dependents` are objects, as they were before, whose dependents must be dropped
    first and created again afterwards.  `guards` decide whether the change is needed at all.
    """

    steps: tuple[ChangeStep, ...]
    without_dependents: tuple[SchemaObject, ...] = ()
    guards: tuple[CatalogGuard, ...] = ()


def plan_alteration(
    before: SchemaObject,
    after: SchemaObject,
    source: Side,
    target: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration | None:
    """Alter an object in place, attribute by attribute; None if no statement can do that."""
    kind = after.key.kind
    if kind == "column":
        return _alter_column(before, after, target, changed, difference)
    if kind == "table" and {"parents", "partition bound"} & set(changed):
        return _alter_parents(before, after, target, changed, difference)
    if kind in ROUTINES and not _NOT_REPLACEABLE & set(changed):
        return _replace_routine(before, after, target, changed, difference)
    return _set_attributes(before, after, target, changed, difference)


def _set_attributes(
    before: SchemaObject,
    after: SchemaObject,
    side: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration | None:
    steps: dict[CatalogGuard | None, list[str]] = {}
    for name in sorted(changed):
        set_it = find_setter(after.key.kind, name)
        old, new = before.attributes.get(name, ""), after.attributes.get(name, "")
        statements = set_it(after, old, new) if set_it else None
        if statements is None:
            return None
        sql = steps.setdefault(setter_guard(after, name, old, new), [])
        sql += [each for each in statements if each not in sql]
    rank = _rank_after(after, side)
    return Alteration(
        tuple(
            ChangeStep(
                Phase.MAKE,
                rank,
                (),
                tuple(sql),
                difference,
                (guard,) if guard else (),
                "\n".join(sql),
            )
            for guard, sql in steps.items()
            if sql
        )
    )


def _rank_after(obj: SchemaObject, side: Side) -> int:
    """A rank after the creation of objects of this kind: options may name a new index."""
    return rank_of(obj, side) + 5


def _alter_column(
    before: SchemaObject,
    after: SchemaObject,
    side: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration | None:
    assert after.parent is not None
    extra = _column_comment(before, after) if "comment" in changed else ()
    if after.parent.kind in ("view", "materialized view"):
        return _alter_view_column(after, changed, difference, extra)
    if after.parent.kind == "type":
        return _alter_type_attribute(before, after, side, changed, difference)
    found = column_changes(before, after, side, set(changed) - {"comment"})
    if found is None:
        return None
    steps = [
        ChangeStep(
            Phase.MAKE,
            rank_of(after, side) + 1,
            (),
            (f"ALTER TABLE {after.parent.name} {', '.join(each.actions)}",),
            difference,
            (each.guard,) if each.guard else (),
            side.text(after),
            _type_warning(before, after) if " TYPE " in each.actions[-1] + each.actions[0] else "",
        )
        for each in found
        if each.actions
    ]
    if extra:
        steps.append(ChangeStep(Phase.MAKE, _rank_after(after, side), (), extra, difference))
    without_dependents = (before,) if {"type", "collation"} & set(changed) else ()
    guards = tuple(
        guard for each in steps for guard in each.guards if guard.question in _TYPE_QUESTIONS
    )
    return Alteration(tuple(steps), without_dependents, guards)


_TYPE_QUESTIONS = ("type_of", "collation_of")


def _type_warning(before: SchemaObject, after: SchemaObject) -> str:
    first, second = before.attributes["type"], after.attributes["type"]
    if first == second:
        return ""
    return (
        f"{after.key}: every value is converted from {first} to {second}; this fails if a value "
        "cannot be converted, and may rewrite the table"
    )


def _column_comment(before: SchemaObject, after: SchemaObject) -> tuple[str, ...]:
    set_it = find_setter("column", "comment")
    assert set_it is not None
    old, new = before.attributes.get("comment", ""), after.attributes.get("comment", "")
    return set_it(after, old, new) or ()


def _alter_view_column(
    after: SchemaObject, changed: Collection[str], difference: str, extra: tuple[str, ...]
) -> Alteration:
    assert after.parent is not None
    default = after.attributes.get("default")
    action = f"SET DEFAULT {default}" if default else "DROP DEFAULT"
    alter = f"ALTER VIEW {after.parent.name} ALTER COLUMN {last_part(after.key.name)} {action}"
    sql = (*((alter,) if "default" in changed else ()), *extra)
    return Alteration((ChangeStep(Phase.MAKE, rank("view") + 5, (), sql, difference),))


def _alter_type_attribute(
    before: SchemaObject,
    after: SchemaObject,
    side: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration | None:
    """Alter an attribute of a composite type; Postgres refuses if a table has such a column."""
    assert after.parent is not None
    if set(changed) - {"type", "collation", "comment"}:
        return None
    has = after.attributes
    collate = f" COLLATE {has['collation']}" if "collation" in has else ""
    action = f"ALTER ATTRIBUTE {last_part(after.key.name)} TYPE {has['type']}{collate}"
    is_other = bool({"type", "collation"} & set(changed))
    sql: tuple[str, ...] = (f"ALTER TYPE {after.parent.name} {action}",) if is_other else ()
    sql += _column_comment(before, after) if "comment" in changed else ()
    guard = CatalogGuard("type_of", owner_and_name(after.key, after.parent), has["type"])
    guards = (guard,) if "type" in changed else ()
    return Alteration((ChangeStep(Phase.MAKE, rank("type") + 5, (), sql, difference, guards),))


def _replace_routine(
    before: SchemaObject,
    after: SchemaObject,
    side: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration:
    """CREATE OR REPLACE, which keeps the dependents and the grants of a routine."""
    sql: tuple[str, ...] = ()
    if set(changed) - {"comment", "depends on extension"}:
        sql = CREATE[after.key.kind](after, side)
    for name in sorted({"comment", "depends on extension"} & set(changed)):
        set_it = find_setter(after.key.kind, name)
        assert set_it is not None
        old, new = before.attributes.get(name, ""), after.attributes.get(name, "")
        sql += set_it(after, old, new) or ()
    step = ChangeStep(
        Phase.MAKE,
        rank_of(after, side),
        names_of(after, side),
        sql,
        difference,
        (),
        side.text(after),
    )
    return Alteration((step,))


def _alter_parents(
    before: SchemaObject,
    after: SchemaObject,
    side: Side,
    changed: Collection[str],
    difference: str,
) -> Alteration | None:
    """Detach and attach partitions, or change the parents of an inheriting table."""
    if set(changed) - {"parents", "partition bound"}:
        return None
    name = after.key.name
    old, new = (each.attributes.get("partition bound", "") for each in (before, after))
    had, has = (each.attributes.get("parents", "") for each in (before, after))
    steps = []
    if old or new:
        guard = CatalogGuard("partition_of", (name,), new or None)
        sql: tuple[str, ...] = (f"ALTER TABLE {had} DETACH PARTITION {name}",) if old else ()
        sql += (f"ALTER TABLE {has} ATTACH PARTITION {name} {new}",) if new else ()
        steps.append(ChangeStep(Phase.MAKE, rank("column") + 5, (), sql, difference, (guard,)))
    else:
        first, second = ({each for each in text.split(", ") if each} for text in (had, has))
        for parent in sorted(first ^ second):
            guard = CatalogGuard("has_parent", (name, parent), parent in second)
            no = "" if parent in second else "NO "
            sql = (f"ALTER TABLE {name} {no}INHERIT {parent}",)
            steps.append(ChangeStep(Phase.MAKE, rank("column") + 5, (), sql, difference, (guard,)))
    return Alteration(tuple(steps))
