"""From the differences of two schemas to the steps that end them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from alembic_rehearsal.authoring import dependents, enum_values
from alembic_rehearsal.authoring.alter import Alteration, plan_alteration
from alembic_rehearsal.authoring.create import CREATE
from alembic_rehearsal.authoring.create_table import is_inline
from alembic_rehearsal.authoring.object_steps import drop_step, make_steps
from alembic_rehearsal.authoring.order import sort_steps
from alembic_rehearsal.authoring.recreate import plan_recreation
from alembic_rehearsal.authoring.renames import rename_hint
from alembic_rehearsal.authoring.side import Side, mentions
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangePlan, ChangeStep, Unexpressed
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DIFFERS_FROM_PARENT
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

_QUERY_KINDS = ("view", "materialized view")
_NOT_WRITTEN = "no statement is written for this kind"
_PART_KINDS = ("constraint", "index", "trigger", "rule", "policy", "statistics")


def plan_changes(source: Picture, target: Picture) -> ChangePlan:
    """What turns the source into the target, as far as statements can be written for it.

    Owners and grants are left as they are.
    """
    return _Planner(source, target).build()


class _Planner:
    def __init__(self, source: Picture, target: Picture) -> None:
        self._source, self._target = Side(source), Side(target)
        self._differences: dict[Key, list[Difference]] = defaultdict(list)
        for each in compare(source, target):
            if each.real and each.change is not Change.UNREAD:
                self._differences[Key(each.kind, each.name)].append(each)
        self._steps: list[ChangeStep] = []
        self._rebuilt: dict[Key, list[CatalogGuard]] = {}
        self._recreated: set[Key] = set()
        self._unexpressed: list[Unexpressed] = []

    def build(self) -> ChangePlan:
        for key, differences in self._differences.items():
            known = len(self._unexpressed)
            self._plan_object(key, differences)
            self._unexpressed[known:] = [
                replace(each, object=str(key)) for each in self._unexpressed[known:]
            ]
        for key, looks in self._rebuilt.items():
            self._rebuild(key, looks)
        return ChangePlan(sort_steps(self._steps), tuple(self._unexpressed))

    # --- one object

    def _plan_object(self, key: Key, differences: list[Difference]) -> None:
        difference = "; ".join(each.text for each in differences)
        before, after = self._source.things.get(key), self._target.things.get(key)
        if self._comes_with_its_query(before or after, differences):
            return
        if before is None and after is not None:
            self._make(after, difference)
        elif after is None and before is not None:
            self._remove(before, difference)
        elif before is not None and after is not None:
            self._change(before, after, differences, difference)

    def _comes_with_its_query(
        self, thing: SchemaObject | None, differences: list[Difference]
    ) -> bool:
        """The columns of a view are what its query says, but for defaults and comments."""
        if thing is None or thing.key.kind != "column" or thing.parent is None:
            return False
        return thing.parent.kind in _QUERY_KINDS and not {"default", "comment"} & {
            each.attribute for each in differences
        }

    def _make(self, thing: SchemaObject, difference: str) -> None:
        if thing.key.kind not in (*CREATE, "column") or _is_foreign(thing):
            self._unexpressed.append(Unexpressed(difference, _NOT_WRITTEN))
            return
        self._steps += make_steps(thing, self._target, difference)
        if thing.key.kind == "column" and "generated" in thing.attributes:
            return
        for each in self._target.parts(thing.key, *_PART_KINDS):
            if thing.key.kind == "domain":
                continue
            is_done = each.key.kind == "constraint" and is_inline(each) and not _is_partition(thing)
            extra = make_steps(each, self._target, f"{each.key} of it", exists=is_done)
            self._steps += extra

    def _remove(self, thing: SchemaObject, difference: str) -> None:
        if thing.key.kind not in (*CREATE, "column") or _is_foreign(thing):
            self._unexpressed.append(Unexpressed(difference, _NOT_WRITTEN))
            return
        if thing.attributes.get("inherited") == "yes" and thing.key.kind == "constraint":
            return  # it goes with that of the parent table
        if {"attached", DIFFERS_FROM_PARENT} & thing.attributes.keys():
            self._unexpressed.append(Unexpressed(difference, "it is a part of what the parent has"))
            return
        early = (
            self._name_is_reused(thing)
            or self._returns_rows_of_another(thing)
            or self._holds_a_value_that_goes(thing)
        )
        step = drop_step(thing, self._source, difference, early=early)
        if step.warning and (heir := rename_hint(thing, self._source, self._target)):
            step = replace(step, warning=f"{step.warning}; {heir}")
        self._steps.append(step)
        self._drop_foreign_keys(thing)
        self._mark_for_rebuild(thing, step.guards)

    def _drop_foreign_keys(self, table: SchemaObject) -> None:
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
            if key.kind in _QUERY_KINDS or (key.kind == "table" and key not in self._target.things)
        )

    def _holds_a_value_that_goes(self, thing: SchemaObject) -> bool:
        """Whether another type takes the place of one of its columns'."""
        if thing.key.kind not in ("table", "column"):
            return False
        text = self._source.text(thing)
        return any(
            key.kind == "enum" and key in self._target.things and mentions(text, key.name)
            for key in self._differences
        )

    def _name_is_reused(self, thing: SchemaObject) -> bool:
        """Whether something new takes its name, or that of its keys and sequences."""
        taken = self._source.relation_names(thing)
        return any(
            taken & self._target.relation_names(new)
            for key, new in self._target.things.items()
            if key not in self._source.things
        )

    def _change(
        self,
        before: SchemaObject,
        after: SchemaObject,
        differences: list[Difference],
        difference: str,
    ) -> None:
        changed = {each.attribute for each in differences}
        if before.key.kind == "enum" and changed & {"value", "order of values"}:
            changed -= {"value", "order of values"}
            self._add(
                enum_values.plan_value_change(before, after, self._source, self._target, difference)
            )
        if not changed:
            return
        written = plan_alteration(before, after, self._source, self._target, changed, difference)
        if written is not None:
            self._add(written)
            return
        self._recreated.add(before.key)
        self._add(plan_recreation(before, after, self._source, self._target, difference))

    def _add(self, written: Alteration | Unexpressed) -> None:
        if isinstance(written, Unexpressed):
            self._unexpressed.append(written)
            return
        stuck = [each for cause in written.without_dependents for each in self._blockers(cause)]
        if stuck:
            said = written.steps[0].difference
            self._unexpressed.append(Unexpressed(said, f"{stuck[0].key} stands on it"))
            return
        self._steps += written.steps
        for thing in written.without_dependents:
            self._mark_for_rebuild(thing, written.guards)

    # --- what stands on it

    def _blockers(self, thing: SchemaObject) -> list[SchemaObject]:
        return [
            each
            for each in dependents.blocking_dependents(thing, self._source)
            if each.key in self._target.things and each.key not in self._differences
        ]

    def _mark_for_rebuild(self, thing: SchemaObject, looks: Iterable[CatalogGuard]) -> None:
        """Have everything made anew that Postgres would not let go along."""
        waiting = [thing]
        while waiting:
            for each in dependents.rebuildable_dependents(waiting.pop(), self._source):
                is_new = each.key not in self._rebuilt
                self._rebuilt.setdefault(each.key, []).extend(looks)
                if is_new:
                    waiting.append(each)

    def _rebuild(self, key: Key, looks: list[CatalogGuard]) -> None:
        before, after = self._source.things[key], self._target.things.get(key)
        if after is None or key in self._recreated:
            return  # it goes in any case, or is made anew by itself
        said = f"{key} stands on what is changed"
        own = tuple(dict.fromkeys(looks))
        self._steps.append(drop_step(before, self._source, said, guards=own, early=True))
        self._steps += make_steps(after, self._target, said)
        for each in self._target.parts(key, "index"):
            self._steps += make_steps(each, self._target, f"{each.key} of it")


def _is_partition(thing: SchemaObject) -> bool:
    return "partition bound" in thing.attributes


def _is_foreign(thing: SchemaObject) -> bool:
    """A type that is made of C functions; what belongs to a foreign table."""
    is_c_type = thing.key.kind == "type" and "attributes" not in thing.attributes
    return is_c_type or (thing.parent is not None and thing.parent.kind == "foreign table")
