"""A plan and what became of it, as lines that a deploy log can keep."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.values.phrases import first_few, quantity, revisions_text
from alembic_rehearsal.deploy.plan import Action, Initialized, Plan
from alembic_rehearsal.deploy.state import Schema


def plan_text(plan: Plan) -> str:
    """Which database, where its URL came from, how it stands, what would be done."""
    return _rows(("database", plan.address.masked), ("from", plan.address.origin)) + doing_text(
        plan
    )


def doing_text(plan: Plan) -> str:
    """How the database stands, and what would be done, in order."""
    doing = [_action(plan, action) for action in plan.actions] or ["nothing to do"]
    labels = ("plan", *[""] * len(doing))
    revisions = (f"  {_revision(plan, id)}" for id in plan.pending)
    return _rows(
        ("standing", standing_text(plan)),
        *([("schema", said)] if (said := _schema_text(plan)) else []),
        *zip(labels, doing, strict=False),
        *(("", each) for each in revisions),
    )


def _schema_text(plan: Plan) -> str:
    """Whether the schema is what it should be, "" where there is none yet."""
    schema, look = plan.standing.schema, plan.standing.look
    if schema.why_not:
        return f"not compared: {schema.why_not}"
    if schema.identified is not None:
        return f"that of {revisions_text(plan.begins_at)}"
    if not (look.exists and look.revisions):
        return ""
    return "; ".join((_compared(schema), *_besides(schema)))


def _besides(schema: Schema) -> Iterator[str]:
    if schema.to_come:
        texts = [each.text for each in schema.to_come]
        yield f"pending revisions find something there already: {first_few(texts, separator='; ')}"
    if schema.unread:
        yield f"not read: {first_few(schema.unread, separator='; ')}"


def _compared(schema: Schema) -> str:
    if not schema.unlike:
        return "as the history makes it"
    texts = [each.text for each in schema.unlike]
    return f"not as the history makes it: {first_few(texts, separator='; ')}"


def standing_text(plan: Plan) -> str:
    """How the database stands, in words, with its revisions."""
    revisions = plan.standing.look.revisions
    return f"{plan.standing.state}{f' ({revisions_text(revisions)})' if revisions else ''}"


def initialized_text(outcome: Initialized) -> str:
    """One line: which database, what was done, where it stands now."""
    parts = []
    if Action.STAMP in outcome.actions:
        parts.append(f"stamped with {revisions_text(outcome.begins_at)}")
    if Action.CREATE in outcome.actions:
        parts.append("created")
    if Action.RESTORE in outcome.actions:
        parts.append(f"snapshot restored ({revisions_text(outcome.begins_at)})")
    if outcome.steps:
        parts.append(f"{quantity(len(outcome.steps), 'revision')} applied")
    if Action.SEED in outcome.actions:
        parts.append("seeded")
    head = f"{'' if parts else 'nothing to do, '}at head {revisions_text(outcome.heads)}"
    schema = [] if outcome.schema.why_not else [f"schema {_compared(outcome.schema)}"]
    said = ", ".join((*parts, head, *schema))
    return f"{outcome.address.masked}: {said}, {outcome.seconds:.1f} s\n"


def _rows(*rows: tuple[str, str]) -> str:
    return "".join(f"{label:<10}{value}\n" for label, value in rows)


def _action(plan: Plan, action: Action) -> str:
    if action is Action.RESTORE and plan.snapshot is not None:
        return f"restore {plan.snapshot.path} (at {revisions_text(plan.begins_at)})"
    if action is Action.STAMP:
        return f"stamp it with {revisions_text(plan.begins_at)}"
    if action is Action.SEED:
        return f"run {plan.terms.seed}, once"
    if action is Action.UPGRADE:
        left = quantity(len(plan.pending), "revision")
        return f"upgrade to {revisions_text(plan.history.heads)}: {left} pending"
    return str(action)


def _revision(plan: Plan, id: str) -> str:
    found = plan.history.find(id)
    return f"{id}  {found.doc if found else ''}".rstrip()
