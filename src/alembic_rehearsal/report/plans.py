"""A plan and what became of it, as lines that a deploy log can keep."""

from __future__ import annotations

from alembic_rehearsal.plans import Action, Initialized, Plan


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
        *zip(labels, doing, strict=False),
        *(("", each) for each in revisions),
    )


def standing_text(plan: Plan) -> str:
    """How the database stands, in words, with its revisions."""
    revisions = plan.standing.look.revisions
    return f"{plan.standing.state}{f' ({_named(revisions)})' if revisions else ''}"


def initialized_text(outcome: Initialized) -> str:
    """One line: which database, what was done, where it stands now."""
    parts = []
    if Action.CREATE in outcome.actions:
        parts.append("created")
    if Action.RESTORE in outcome.actions:
        parts.append(f"snapshot restored ({_named(outcome.begins_at)})")
    if outcome.steps:
        parts.append(_count(len(outcome.steps), "applied"))
    head = f"{'' if parts else 'nothing to do, '}at head {_named(outcome.heads)}"
    return f"{outcome.address.masked}: {', '.join((*parts, head))}, {outcome.seconds:.1f} s\n"


def _rows(*rows: tuple[str, str]) -> str:
    return "".join(f"{label:<10}{value}\n" for label, value in rows)


def _action(plan: Plan, action: Action) -> str:
    if action is Action.RESTORE and plan.snapshot is not None:
        return f"restore {plan.snapshot.path} (at {_named(plan.begins_at)})"
    if action is Action.UPGRADE:
        return f"upgrade to {_named(plan.history.heads)}: {_count(len(plan.pending), 'pending')}"
    return str(action)


def _revision(plan: Plan, id: str) -> str:
    found = plan.history.find(id)
    return f"{id}  {found.doc if found else ''}".rstrip()


def _count(number: int, what: str) -> str:
    return f"{number} revision{'s'[: number != 1]} {what}"


def _named(revisions: tuple[str, ...]) -> str:
    return ", ".join(revisions) or "no revision"
