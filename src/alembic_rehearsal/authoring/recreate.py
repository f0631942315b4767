"""The steps that make an object anew: dropped as it is, and made as it should be."""

from __future__ import annotations

from alembic_rehearsal.authoring.alter import ROUTINES, Written
from alembic_rehearsal.authoring.create import CREATE, create_index
from alembic_rehearsal.authoring.guards import schema_and_name, within
from alembic_rehearsal.authoring.object_steps import (
    drop_column,
    drop_step,
    make_steps,
    names_of,
    rank_of,
)
from alembic_rehearsal.authoring.set_attribute import afterwards
from alembic_rehearsal.authoring.side import Side
from alembic_rehearsal.authoring.steps import Look, Phase, Step, Unexpressed
from alembic_rehearsal.core.schema.picture import SchemaObject

_ANEW = frozenset(
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


def recreated(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Written | Unexpressed:
    """Dropped as it is and made as it should be, in two steps that the same looks decide."""
    kind = after.key.kind
    if "invalid" in after.attributes:
        return Unexpressed(said, "no statement makes an index that is not valid")
    if {*before.attributes, *after.attributes} & {"attached", "parent index"}:
        return Unexpressed(said, "it is a part of what the parent table has")
    if kind == "column":
        return _column_anew(before, after, source, target, said)
    if kind in _IF_UNUSED and _is_unused(before, source):
        kind = "index"
    if kind not in (*_ANEW, *ROUTINES) or kind not in CREATE:
        return Unexpressed(said, "no statement changes that where it stands")
    looks = _differs(after) or ()
    gone = drop_step(before, source, said, looks=looks, early=True)
    if not looks:  # nothing tells one from the other: the drop and the making are one step
        sql = (_if_exists(gone.sql[0]), *CREATE[after.key.kind](after, target), *afterwards(after))
        step = Step(
            Phase.MAKE,
            rank_of(after, target),
            names_of(after, target),
            sql,
            said,
            (),
            target.text(after),
        )
        return Written((step,), (before,), ())
    steps = [gone, *make_steps(after, target, said)]
    for each in target.parts(after.key, "index"):
        steps += make_steps(each, target, f"{each.key} of it")
    return Written(tuple(steps), (before,), looks)


def _if_exists(statement: str) -> str:
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


def _differs(after: SchemaObject) -> tuple[Look, ...]:
    """What shows that a definition is the right one; none where the catalogs do not say it."""
    kind, name = after.key
    said = after.attributes.get("definition", "")
    if kind == "index":
        return (Look("index_of", (name,), create_index(after)),)
    if kind == "constraint":
        return (Look("constraint_of", within(after.key, after.parent), said),)
    if kind in ("view", "materialized view"):
        return (Look("view_of", (name,), said),)
    if kind in ("trigger", "rule"):
        return (Look(f"{kind}_of", within(after.key, after.parent), said),)
    if kind == "policy":
        return (Look("policy_of", within(after.key, after.parent), _policy(after)),)
    if kind == "statistics":
        return (Look("statistics_of", schema_and_name(after), said),)
    if kind in ROUTINES:
        has = after.attributes
        right = f"({has.get('arguments', '')}) {has.get('result', '')}".rstrip()
        return (Look("shape_of", (name,), right),)
    return ()


def _policy(thing: SchemaObject) -> str:
    has = thing.attributes
    letter = {"select": "r", "insert": "a", "update": "w", "delete": "d", "all": "*"}
    kind = "restrictive" if "restrictive" in has else "permissive"
    said = (letter[has["command"]], kind, has.get("using"), has.get("check"))
    return " / ".join(each for each in said if each)


def _column_anew(
    before: SchemaObject, after: SchemaObject, source: Side, target: Side, said: str
) -> Written | Unexpressed:
    """A column that is generated on one side: it has no values of its own to lose there."""
    if "generated" not in after.attributes:
        return Unexpressed(said, "no statement changes that where it stands")
    assert after.parent is not None
    expression = after.attributes["generated"].partition(" ")[2]
    look = Look("default_of", within(after.key, after.parent), expression)
    (made,) = make_steps(after, target, said)
    warns = (
        ""
        if "generated" in before.attributes
        else (
            f"DATA LOSS: column {after.key.name} goes with all of its values, and is computed then"
        )
    )
    sql = (drop_column(before), *made.sql)
    step = Step(Phase.MAKE, made.rank, (), sql, said, (look,), made.text, warns)
    return Written((step,), (before,), (look,))
