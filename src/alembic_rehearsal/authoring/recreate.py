"""The steps that make an object anew: dropped as it is, and made as it should be."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter import ROUTINES, Alteration
from alembic_rehearsal.authoring.create import CREATE, index_definition
from alembic_rehearsal.authoring.guards import owner_and_name, schema_and_name
from alembic_rehearsal.authoring.object_steps import (
    drop_column_statement,
    drop_step,
    make_steps,
    names_of,
    rank_of,
)
from alembic_rehearsal.authoring.set_attribute import follow_up_statements
from alembic_rehearsal.authoring.side import Side
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangeStep, Phase, Unexpressed
from alembic_rehearsal.core.schema.picture import SchemaObject

_RECREATABLE = frozenset(
    {
        "index",
        "constraint",
        "view",
        "materialized view",
        "trigger",
        "rule",
        "policy",
        "statistics",
        "event trigger",
    }
)
# Types that hold no rows by themselves: made anew where nothing stands on them.
_IF_UNUSED = frozenset({"type", "range type", "domain", "collation"})


def plan_recreation(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """Dropped as it is and made as it should be, in two steps that the same looks decide."""
    kind = after.key.kind
    if "invalid" in after.attributes:
        return Unexpressed(difference, "no statement makes an index that is not valid")
    if {*before.attributes, *after.attributes} & {"attached", "parent index"}:
        return Unexpressed(difference, "it is a part of what the parent table has")
    if kind == "column":
        return _recreate_column(before, after, source, target, difference)
    if kind in _IF_UNUSED and _is_unused(before, source):
        kind = "index"
    if kind not in (*_RECREATABLE, *ROUTINES) or kind not in CREATE:
        return Unexpressed(difference, "no statement changes that where it stands")
    looks = _definition_guards(after) or ()
    gone = drop_step(before, source, difference, guards=looks, early=True)
    if not looks:  # nothing tells one from the other: the drop and the making are one step
        sql = (
            _with_if_exists(gone.sql[0]),
            *CREATE[after.key.kind](after, target),
            *follow_up_statements(after),
        )
        step = ChangeStep(
            Phase.MAKE,
            rank_of(after, target),
            names_of(after, target),
            sql,
            difference,
            (),
            target.text(after),
        )
        return Alteration((step,), (before,), ())
    steps = [gone, *make_steps(after, target, difference)]
    for each in target.parts(after.key, "index"):
        steps += make_steps(each, target, f"{each.key} of it")
    return Alteration(tuple(steps), (before,), looks)


def _with_if_exists(statement: str) -> str:
    words = statement.split(" ")
    at = next(
        number
        for number, each in enumerate(words)
        if each.upper() != each or '"' in each or "." in each
    )
    return " ".join([*words[:at], "IF EXISTS", *words[at:]])


def _is_unused(thing: SchemaObject, side: Side) -> bool:
    kinds = {key.kind for key in side.things}
    return not [each for each in side.mentioning(thing.key.name, kinds) if each.parent != thing.key]


def _definition_guards(after: SchemaObject) -> tuple[CatalogGuard, ...]:
    """What shows that a definition is the right one; none where the catalogs do not say it."""
    kind, name = after.key
    said = after.attributes.get("definition", "")
    if kind == "index":
        return (CatalogGuard("index_of", (name,), index_definition(after)),)
    if kind == "constraint":
        return (CatalogGuard("constraint_of", owner_and_name(after.key, after.parent), said),)
    if kind in ("view", "materialized view"):
        return (CatalogGuard("view_of", (name,), said),)
    if kind in ("trigger", "rule"):
        return (CatalogGuard(f"{kind}_of", owner_and_name(after.key, after.parent), said),)
    if kind == "policy":
        return (
            CatalogGuard("policy_of", owner_and_name(after.key, after.parent), _policy_text(after)),
        )
    if kind == "statistics":
        return (CatalogGuard("statistics_of", schema_and_name(after), said),)
    if kind in ROUTINES:
        has = after.attributes
        right = f"({has.get('arguments', '')}) {has.get('result', '')}".rstrip()
        return (CatalogGuard("shape_of", (name,), right),)
    return ()


def _policy_text(thing: SchemaObject) -> str:
    has = thing.attributes
    letter = {"select": "r", "insert": "a", "update": "w", "delete": "d", "all": "*"}
    kind = "restrictive" if "restrictive" in has else "permissive"
    said = (letter[has["command"]], kind, has.get("using"), has.get("check"))
    return " / ".join(each for each in said if each)


def _recreate_column(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """A column that is generated on one side: it has no values of its own to lose there."""
    if "generated" not in after.attributes:
        return Unexpressed(difference, "no statement changes that where it stands")
    assert after.parent is not None
    expression = after.attributes["generated"].partition(" ")[2]
    look = CatalogGuard("default_of", owner_and_name(after.key, after.parent), expression)
    (made,) = make_steps(after, target, difference)
    warns = (
        ""
        if "generated" in before.attributes
        else (
            f"DATA LOSS: column {after.key.name} goes with all of its values, and is computed then"
        )
    )
    sql = (drop_column_statement(before), *made.sql)
    step = ChangeStep(Phase.MAKE, made.rank, (), sql, difference, (look,), made.text, warns)
    return Alteration((step,), (before,), (look,))
