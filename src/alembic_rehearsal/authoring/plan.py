"""The plan that turns one schema into another: the differences of two pictures as steps.

How each kind of step is written is in `create.py`, `alter.py` and `recreate.py`.
"""

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
    """The steps that turn the source into the target, and the differences without a step.

    Owners and grants are not changed.
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
        for key, guards in self._rebuilt.items():
            self._rebuild(key, guards)
        return ChangePlan(sort_steps(self._steps), tuple(self._unexpressed))

    # --- one object

    def _plan_object(self, key: Key, differences: list[Difference]) -> None:
        difference = "; ".join(each.text for each in differences)
        before, after = self._source.objects.get(key), self._target.objects.get(key)
        if self._follows_from_query(before or after, differences):
            return
        if before is None and after is not None:
            self._make(after, difference)
        elif after is None and before is not None:
            self._remove(before, difference)
        elif before is not None and after is not None:
            self._change(before, after, differences, difference)

    def _follows_from_query(self, obj: SchemaObject | None, differences: list[Difference]) -> bool:
        """Whether it is a view's column, whose attributes follow from the query.

        Its default and its comment are set separately.
        """
        if obj is None or obj.key.kind != "column" or obj.parent is None:
            return False
        return obj.parent.kind in _QUERY_KINDS and not {"default", "comment"} & {
            each.attribute for each in differences
        }

    def _make(self, obj: SchemaObject, difference: str) -> None:
        if obj.key.kind not in (*CREATE, "column") or _is_foreign(obj):
            self._unexpressed.append(Unexpressed(difference, _NOT_WRITTEN))
            return
        self._steps += make_steps(obj, self._target, difference)
        if obj.key.kind == "column" and "generated" in obj.attributes:
            return
        for each in self._target.parts(obj.key, *_PART_KINDS):
            if obj.key.kind == "domain":
                continue
            is_done = each.key.kind == "constraint" and is_inline(each) and not _is_partition(obj)
            extra = make_steps(each, self._target, f"{each.key} of it", exists=is_done)
            self._steps += extra

    def _remove(self, obj: SchemaObject, difference: str) -> None:
        if obj.key.kind not in (*CREATE, "column") or _is_foreign(obj):
            self._unexpressed.append(Unexpressed(difference, _NOT_WRITTEN))
            return
        if obj.attributes.get("inherited") == "yes" and obj.key.kind == "constraint":
            return  # it is dropped with that of the parent table
        if {"attached", DIFFERS_FROM_PARENT} & obj.attributes.keys():
            self._unexpressed.append(
                Unexpressed(difference, "it belongs to the parent table's object")
            )
            return
        early = (
            self._name_is_reused(obj) or self._returns_row_type(obj) or self._uses_changed_enum(obj)
        )
        step = drop_step(obj, self._source, difference, early=early)
        if step.warning and (hint := rename_hint(obj, self._source, self._target)):
            step = replace(step, warning=f"{step.warning}; {hint}")
        self._steps.append(step)
        self._drop_foreign_keys(obj)
        self._mark_for_rebuild(obj, step.guards)

    def _drop_foreign_keys(self, table: SchemaObject) -> None:
        """Drop the foreign keys of a table first: tables that refer to each other need that."""
        for each in self._source.parts(table.key, "constraint"):
            definition = each.attributes["definition"]
            others = re.findall(r" REFERENCES ([^(]+)\(", definition)
            if any(Key("table", name) not in self._target.objects for name in others):
                self._steps.append(drop_step(each, self._source, f"{each.key} is dropped first"))

    def _returns_row_type(self, obj: SchemaObject) -> bool:
        """Whether it is a function that must be dropped before a view or table that it returns."""
        text = self._source.text(obj) if obj.key.kind in ("function", "procedure") else ""
        return bool(text) and any(
            mentions(text, key.name)
            for key in self._source.objects
            if key.kind in _QUERY_KINDS or (key.kind == "table" and key not in self._target.objects)
        )

    def _uses_changed_enum(self, obj: SchemaObject) -> bool:
        """Whether it has a column of an enum that changes, and may be replaced by a new type."""
        if obj.key.kind not in ("table", "column"):
            return False
        text = self._source.text(obj)
        return any(
            key.kind == "enum" and key in self._target.objects and mentions(text, key.name)
            for key in self._differences
        )

    def _name_is_reused(self, obj: SchemaObject) -> bool:
        """Whether a new object takes its name, or the name of one of its indexes or sequences."""
        taken = self._source.relation_names(obj)
        return any(
            taken & self._target.relation_names(new)
            for key, new in self._target.objects.items()
            if key not in self._source.objects
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
        alteration = plan_alteration(before, after, self._source, self._target, changed, difference)
        if alteration is not None:
            self._add(alteration)
            return
        self._recreated.add(before.key)
        self._add(plan_recreation(before, after, self._source, self._target, difference))

    def _add(self, alteration: Alteration | Unexpressed) -> None:
        if isinstance(alteration, Unexpressed):
            self._unexpressed.append(alteration)
            return
        blockers = [
            each for cause in alteration.without_dependents for each in self._blockers(cause)
        ]
        if blockers:
            difference = alteration.steps[0].difference
            self._unexpressed.append(Unexpressed(difference, f"{blockers[0].key} depends on it"))
            return
        self._steps += alteration.steps
        for obj in alteration.without_dependents:
            self._mark_for_rebuild(obj, alteration.guards)

    # --- dependents

    def _blockers(self, obj: SchemaObject) -> list[SchemaObject]:
        return [
            each
            for each in dependents.blocking_dependents(obj, self._source)
            if each.key in self._target.objects and each.key not in self._differences
        ]

    def _mark_for_rebuild(self, obj: SchemaObject, guards: Iterable[CatalogGuard]) -> None:
        """Have all dependents dropped and created again, because Postgres refuses otherwise."""
        waiting = [obj]
        while waiting:
            for each in dependents.rebuildable_dependents(waiting.pop(), self._source):
                is_new = each.key not in self._rebuilt
                self._rebuilt.setdefault(each.key, []).extend(guards)
                if is_new:
                    waiting.append(each)

    def _rebuild(self, key: Key, guards: list[CatalogGuard]) -> None:
        before, after = self._source.objects[key], self._target.objects.get(key)
        if after is None or key in self._recreated:
            return  # it is dropped in any case, or recreated for a change of its own
        difference = f"{key} depends on what is changed"
        own = tuple(dict.fromkeys(guards))
        self._steps.append(drop_step(before, self._source, difference, guards=own, early=True))
        self._steps += make_steps(after, self._target, difference)
        for each in self._target.parts(key, "index"):
            self._steps += make_steps(each, self._target, f"{each.key} of it")


def _is_partition(obj: SchemaObject) -> bool:
    return "partition bound" in obj.attributes


def _is_foreign(obj: SchemaObject) -> bool:
    """Whether it is a base type, made of C functions, or a part of a foreign table."""
    is_c_type = obj.key.kind == "type" and "attributes" not in obj.attributes
    return is_c_type or (obj.parent is not None and obj.parent.kind == "foreign table")
