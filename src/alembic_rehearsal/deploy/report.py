"""A plan and its result as text for a deploy log."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.values.phrases import first_few, quantity, revisions_text
from alembic_rehearsal.deploy.plan import Action, DeployResult, Plan
from alembic_rehearsal.deploy.state import SchemaCheck


def plan_text(plan: Plan) -> str:
    """The database, where its URL came from, its state, and what would be done."""
    return _table(
        ("database", plan.address.masked), ("from", plan.address.origin)
    ) + state_and_actions_text(plan)


def state_and_actions_text(plan: Plan) -> str:
    """The database's state, and what would be done, in order."""
    doing = [_action_text(plan, action) for action in plan.actions] or ["nothing to do"]
    labels = ("plan", *[""] * len(doing))
    revisions = (f"  {_revision_text(plan, id)}" for id in plan.pending)
    return _table(
        ("state", state_text(plan)),
        *([("schema", text)] if (text := _schema_text(plan)) else []),
        *zip(labels, doing, strict=False),
        *(("", each) for each in revisions),
    )


def _schema_text(plan: Plan) -> str:
    """Whether the schema is the one of its revision, "" where there is none yet."""
    schema, inspection = plan.diagnosis.schema_check, plan.diagnosis.inspection
    if schema.why_not_compared:
        return f"not compared: {schema.why_not_compared}"
    if schema.match is not None:
        return f"that of {revisions_text(plan.start_revisions)}"
    if not (inspection.exists and inspection.revisions):
        return ""
    return "; ".join((_comparison_text(schema), *_further_notes(schema)))


def _further_notes(schema: SchemaCheck) -> Iterator[str]:
    if schema.pending_mismatches:
        texts = [each.text for each in schema.pending_mismatches]
        yield f"pending revisions find something there already: {first_few(texts, separator='; ')}"
    if schema.unread:
        yield f"not read: {first_few(schema.unread, separator='; ')}"


def _comparison_text(schema: SchemaCheck) -> str:
    if not schema.mismatches:
        return "as the history makes it"
    texts = [each.text for each in schema.mismatches]
    return f"not as the history makes it: {first_few(texts, separator='; ')}"


def state_text(plan: Plan) -> str:
    """The database's state in words, with its revisions."""
    revisions = plan.diagnosis.inspection.revisions
    return f"{plan.diagnosis.state}{f' ({revisions_text(revisions)})' if revisions else ''}"


def deploy_text(outcome: DeployResult) -> str:
    """One line: the database, what was done, its revision now."""
    parts = []
    if Action.STAMP in outcome.actions:
        parts.append(f"stamped with {revisions_text(outcome.start_revisions)}")
    if Action.CREATE in outcome.actions:
        parts.append("created")
    if Action.RESTORE in outcome.actions:
        parts.append(f"snapshot restored ({revisions_text(outcome.start_revisions)})")
    if outcome.steps:
        parts.append(f"{quantity(len(outcome.steps), 'revision')} applied")
    if Action.SEED in outcome.actions:
        parts.append("seeded")
    head = f"{'' if parts else 'nothing to do, '}at head {revisions_text(outcome.heads)}"
    schema = (
        []
        if outcome.schema_check.why_not_compared
        else [f"schema {_comparison_text(outcome.schema_check)}"]
    )
    text = ", ".join((*parts, head, *schema))
    return f"{outcome.address.masked}: {text}, {outcome.seconds:.1f} s\n"


def _table(*rows: tuple[str, str]) -> str:
    return "".join(f"{label:<10}{value}\n" for label, value in rows)


def _action_text(plan: Plan, action: Action) -> str:
    if action is Action.RESTORE and plan.snapshot is not None:
        return f"restore {plan.snapshot.path} (at {revisions_text(plan.start_revisions)})"
    if action is Action.STAMP:
        return f"stamp it with {revisions_text(plan.start_revisions)}"
    if action is Action.SEED:
        return f"run {plan.options.seed}, once"
    if action is Action.UPGRADE:
        left = quantity(len(plan.pending), "revision")
        return f"upgrade to {revisions_text(plan.history.heads)}: {left} pending"
    return str(action)


def _revision_text(plan: Plan, id: str) -> str:
    found = plan.history.find(id)
    return f"{id}  {found.doc if found else ''}".rstrip()
