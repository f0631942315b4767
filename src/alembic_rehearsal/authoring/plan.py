"""From the differences of two schemas to the steps that end them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from alembic_rehearsal.authoring import dependents, enum_values
from alembic_rehearsal.authoring.alter import Written, altered
from alembic_rehearsal.authoring.create import CREATE
from alembic_rehearsal.authoring.create_table import is_inline
from alembic_rehearsal.authoring.object_steps import drop_step, make_steps
from alembic_rehearsal.authoring.order import ordered
from alembic_rehearsal.authoring.recreate import recreated
from alembic_rehearsal.authoring.renames import renamed
from alembic_rehearsal.authoring.side import Side, mentions
from alembic_rehearsal.authoring.steps import ChangePlan, Look, Step, Unexpressed
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DIFFERS_FROM_PARENT
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

_OF_QUERY = ("view", "materialized view")
_NOT_WRITTEN = "no statement is written for this kind"
_WITH_IT = ("constraint", "index", "trigger", "rule", "policy", "statistics")


def plan_changes(source: Picture, target: Picture) -> ChangePlan:
    """What turns the source into the target, as far as statements can be written for it.

    Owners and grants are left as they are.
    """
    return _Plan(source, target).made()


class _Plan:
    def __init__(self, source: Picture, target: Picture) -> None:
        self._source, self._target = Side(source), Side(target)
        self._found: dict[Key, list[Difference]] = defaultdict(list)
        for each in compare(source, target):
            if each.real and each.change is not Change.UNREAD:
                self._found[Key(each.kind, each.name)].append(each)
        self._steps: list[Step] = []
        self._rebuilt: dict[Key, list[Look]] = {}
        self._anew: set[Key] = set()
        self._unexpressed: list[Unexpressed] = []

    def made(self) -> ChangePlan:
        for key, differences in self._found.items():
            known = len(self._unexpressed)
            self._one(key, differences)
            self._unexpressed[known:] = [
                replace(each, about=str(key)) for each in self._unexpressed[known:]
            ]
        for key, looks in self._rebuilt.items():
            self._rebuild(key, looks)
        return ChangePlan(ordered(self._steps), tuple(self._unexpressed))

    # --- one object

    def _one(self, key: Key, differences: list[Difference]) -> None:
        said = "; ".join(each.text for each in differences)
        before, after = self._source.things.get(key), self._target.things.get(key)
        if self._comes_with_its_query(before or after, differences):
            return
        if before is None and after is not None:
            self._make(after, said)
        elif after is None and before is not None:
            self._remove(before, said)
        elif before is not None and after is not None:
            self._change(before, after, differences, said)

    def _comes_with_its_query(
        self, thing: SchemaObject | None, differences: list[Difference]
    ) -> bool:
        """The columns of a view are what its query says, but for defaults and comments."""
        if thing is None or thing.key.kind != "column" or thing.parent is None:
            return False
        return thing.parent.kind in _OF_QUERY and not {"default", "comment"} & {
            each.attribute for each in differences
        }

    def _make(self, thing: SchemaObject, said: str) -> None:
        if thing.key.kind not in (*CREATE, "column") or _is_foreign(thing):
            self._unexpressed.append(Unexpressed(said, _NOT_WRITTEN))
            return
        self._steps += make_steps(thing, self._target, said)
        if thing.key.kind == "column" and "generated" in thing.attributes:
            return
        for each in self._target.parts(thing.key, *_WITH_IT):
            if thing.key.kind == "domain":
                continue
            is_done = each.key.kind == "constraint" and is_inline(each) and not _is_partition(thing)
            extra = make_steps(each, self._target, f"{each.key} of it", is_made=is_done)
            self._steps += extra

    def _remove(self, thing: SchemaObject, said: str) -> None:
        if thing.key.kind not in (*CREATE, "column") or _is_foreign(thing):
            self._unexpressed.append(Unexpressed(said, _NOT_WRITTEN))
            return
        if thing.attributes.get("inherited") == "yes" and thing.key.kind == "constraint":
            return  # it goes with that of the parent table
        if {"attached", DIFFERS_FROM_PARENT} & thing.attributes.keys():
            self._unexpressed.append(Unexpressed(said, "it is a part of what the parent has"))
            return
        early = (
            self._name_is_reused(thing)
            or self._returns_rows_of_another(thing)
            or self._holds_a_value_that_goes(thing)
        )
        step = drop_step(thing, self._source, said, early=early)
        if step.warns and (heir := renamed(thing, self._source, self._target)):
            step = replace(step, warns=f"{step.warns}; {heir}")
        self._steps.append(step)
        self._part_from_others(thing)
        self._free(thing, step.looks)

    def _part_from_others(self, table: SchemaObject) -> None:
        """Tables that refer to each other can only go without their foreign keys."""
        for each in self._source.parts(table.key, "constraint"):
            said = each.attributes["definition"]
            others = re.findall(r" REFERENCES ([^(]+)\(", said)
            if any(Key("table", name) not in self._target.things for name in others):
                self._steps.append(drop_step(each, self._source, f"{each.key} goes first"))

    def _returns_rows_of_another(self, thing: SchemaObject) -> bool:
        """Whether it is a function that must go before a view or a table can."""
        text = self._source.text(thing) if thing.key.kind in ("function", "procedure") else ""
        return bool(text) and any(
            mentions(text, key.name)
            for key in self._source.things
            if key.kind in _OF_QUERY or (key.kind == "table" and key not in self._target.things)
        )

    def _holds_a_value_that_goes(self, thing: SchemaObject) -> bool:
        """Whether another type takes the place of one of its columns'."""
        if thing.key.kind not in ("table", "column"):
            return False
        text = self._source.text(thing)
        return any(
            key.kind == "enum" and key in self._target.things and mentions(text, key.name)
            for key in self._found
        )

    def _name_is_reused(self, thing: SchemaObject) -> bool:
        """Whether something new takes its name, or that of its keys and sequences."""
        taken = self._source.relations(thing)
        return any(
            taken & self._target.relations(new)
            for key, new in self._target.things.items()
            if key not in self._source.things
        )

    def _change(
        self, before: SchemaObject, after: SchemaObject, differences: list[Difference], said: str
    ) -> None:
        which = {each.attribute for each in differences}
        if before.key.kind == "enum" and which & {"value", "order of values"}:
            which -= {"value", "order of values"}
            self._take(enum_values.changed(before, after, self._source, self._target, said))
        if not which:
            return
        written = altered(before, after, self._source, self._target, which, said)
        if written is not None:
            self._take(written)
            return
        self._anew.add(before.key)
        self._take(recreated(before, after, self._source, self._target, said))

    def _take(self, written: Written | Unexpressed) -> None:
        if isinstance(written, Unexpressed):
            self._unexpressed.append(written)
            return
        stuck = [each for cause in written.moves for each in self._stuck(cause)]
        if stuck:
            said = written.steps[0].said
            self._unexpressed.append(Unexpressed(said, f"{stuck[0].key} stands on it"))
            return
        self._steps += written.steps
        for thing in written.moves:
            self._free(thing, written.looks)

    # --- what stands on it

    def _stuck(self, thing: SchemaObject) -> list[SchemaObject]:
        return [
            each
            for each in dependents.immovable(thing, self._source)
            if each.key in self._target.things and each.key not in self._found
        ]

    def _free(self, thing: SchemaObject, looks: Iterable[Look]) -> None:
        """Have everything made anew that Postgres would not let go along."""
        waiting = [thing]
        while waiting:
            for each in dependents.movable(waiting.pop(), self._source):
                is_new = each.key not in self._rebuilt
                self._rebuilt.setdefault(each.key, []).extend(looks)
                if is_new:
                    waiting.append(each)

    def _rebuild(self, key: Key, looks: list[Look]) -> None:
        before, after = self._source.things[key], self._target.things.get(key)
        if after is None or key in self._anew:
            return  # it goes in any case, or is made anew by itself
        said = f"{key} stands on what is changed"
        own = tuple(dict.fromkeys(looks))
        self._steps.append(drop_step(before, self._source, said, looks=own, early=True))
        self._steps += make_steps(after, self._target, said)
        for each in self._target.parts(key, "index"):
            self._steps += make_steps(each, self._target, f"{each.key} of it")


def _is_partition(thing: SchemaObject) -> bool:
    return "partition bound" in thing.attributes


def _is_foreign(thing: SchemaObject) -> bool:
    """A type that is made of C functions; what belongs to a foreign table."""
    is_c_type = thing.key.kind == "type" and "attributes" not in thing.attributes
    return is_c_type or (thing.parent is not None and thing.parent.kind == "foreign table")
