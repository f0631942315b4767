"""The steps that drop an object and create it again, where it cannot be altered in place."""

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
# Types and collations: they hold no rows, and can be recreated if nothing uses them.
_IF_UNUSED = frozenset({"type", "range type", "domain", "collation"})


def plan_recreation(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """Drop an object and create it again, in two steps with the same guards."""
    kind = after.key.kind
    if "invalid" in after.attributes:
        return Unexpressed(difference, "no statement creates an index that is not valid")
    if {*before.attributes, *after.attributes} & {"attached", "parent index"}:
        return Unexpressed(difference, "it belongs to the parent table's object")
    if kind == "column":
        return _recreate_column(before, after, source, target, difference)
    if kind in _IF_UNUSED and _is_unused(before, source):
        kind = "index"
    if kind not in (*_RECREATABLE, *ROUTINES) or kind not in CREATE:
        return Unexpressed(difference, "no statement changes that in place")
    guards = _definition_guards(after) or ()
    drop = drop_step(before, source, difference, guards=guards, early=True)
    if not guards:  # the catalogs cannot tell old from new: drop and creation are one step
        sql = (
            _with_if_exists(drop.sql[0]),
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
    steps = [drop, *make_steps(after, target, difference)]
    for each in target.parts(after.key, "index"):
        steps += make_steps(each, target, f"{each.key} of it")
    return Alteration(tuple(steps), (before,), guards)


def _with_if_exists(statement: str) -> str:
    words = statement.split(" ")
    at = next(
        number
        for number, each in enumerate(words)
        if each.upper() != each or '"' in each or "." in each
    )
    return " ".join([*words[:at], "IF EXISTS", *words[at:]])


def _is_unused(obj: SchemaObject, side: Side) -> bool:
    kinds = {key.kind for key in side.objects}
    return not [each for each in side.mentioning(obj.key.name, kinds) if each.parent != obj.key]


def _definition_guards(after: SchemaObject) -> tuple[CatalogGuard, ...]:
    """The guards that compare a definition; none if the catalogs cannot print it."""
    kind, name = after.key
    definition = after.attributes.get("definition", "")
    if kind == "index":
        return (CatalogGuard("index_of", (name,), index_definition(after)),)
    if kind == "constraint":
        return (CatalogGuard("constraint_of", owner_and_name(after.key, after.parent), definition),)
    if kind in ("view", "materialized view"):
        return (CatalogGuard("view_of", (name,), definition),)
    if kind in ("trigger", "rule"):
        return (CatalogGuard(f"{kind}_of", owner_and_name(after.key, after.parent), definition),)
    if kind == "policy":
        return (
            CatalogGuard("policy_of", owner_and_name(after.key, after.parent), _policy_text(after)),
        )
    if kind == "statistics":
        return (CatalogGuard("statistics_of", schema_and_name(after), definition),)
    if kind in ROUTINES:
        has = after.attributes
        shape = f"({has.get('arguments', '')}) {has.get('result', '')}".rstrip()
        return (CatalogGuard("shape_of", (name,), shape),)
    return ()


def _policy_text(obj: SchemaObject) -> str:
    has = obj.attributes
    letter = {"select": "r", "insert": "a", "update": "w", "delete": "d", "all": "*"}
    kind = "restrictive" if "restrictive" in has else "permissive"
    parts = (letter[has["command"]], kind, has.get("using"), has.get("check"))
    return " / ".join(each for each in parts if each)


def _recreate_column(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, difference: str
) -> Alteration | Unexpressed:
    """Drop a column and add it again as a generated one: its values can be computed."""
    if "generated" not in after.attributes:
        return Unexpressed(difference, "no statement changes that in place")
    assert after.parent is not None
    expression = after.attributes["generated"].partition(" ")[2]
    guard = CatalogGuard("default_of", owner_and_name(after.key, after.parent), expression)
    (made,) = make_steps(after, target, difference)
    warning = (
        ""
        if "generated" in before.attributes
        else f"DATA LOSS: column {after.key.name} is dropped with all of its values, then computed"
    )
    sql = (drop_column_statement(before), *made.sql)
    step = ChangeStep(Phase.MAKE, made.rank, (), sql, difference, (guard,), made.text, warning)
    return Alteration((step,), (before,), (guard,))
