"""A plan as the text of a revision: the bodies of `upgrade` and `downgrade`, and the code below.

The revision needs only `op` and `sa`, which its template imports, and nothing of this library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from textwrap import indent, wrap

from alembic_rehearsal.authoring.guards import QUESTIONS
from alembic_rehearsal.authoring.steps import CatalogGuard, ChangePlan, ChangeStep, Phase

WIDTH = 88
_INDENT = "    "
_LONGEST = 240  # characters of a comment
_NEWLINE = "\0"  # stands for a newline inside a statement, so that `indent` leaves it alone
# What SQLAlchemy's text() takes for a parameter, and what for an escaped one
# (sqlalchemy.sql.compiler, BIND_PARAMS and BIND_PARAMS_ESC).
_BIND = re.compile(r"(?<![:\w$\\])(:[\w$]+)(?![:\w$])")
_ESCAPED = re.compile(r"\\(:[\w$]*)(?![:\w$])")


class VariableName(str):
    """A variable name in the revision, used instead of a literal."""


@dataclass(frozen=True, slots=True)
class RevisionText:
    """The pieces of a revision file.

    `upgrades` and `downgrades` are for the slots of these names in the template, `below` comes
    after the whole template.
    """

    upgrades: str
    downgrades: str
    below: str


def revision_text(up: ChangePlan, down: ChangePlan | None, *, reason: str = "") -> RevisionText:
    """The text of a revision that runs the plan `up`, and the plan `down` as its downgrade.

    Without `down`, `reason` says why: the downgrade does nothing, and the revision declares
    itself irreversible.  If `down` leaves differences, the downgrade raises NotImplementedError.
    """
    parts = [up, *([down] if down else [])]
    guards = [guard for each in parts for step in each.steps for guard in step.guards]
    if down is None:
        downgrades = "\n".join([*_comment_lines(reason, 0), "pass"])
        declared = ["irreversible = True\n"]
    elif down.unexpressed:
        why = "; ".join(each.text for each in down.unexpressed)
        downgrades = f"raise NotImplementedError({_literal(f'no way back: {why}')})"
        guards = [guard for step in up.steps for guard in step.guards]
        declared = []
    else:
        downgrades, declared = _function_body(down), []
    is_guarded = any(each.phase is not Phase.VALUES for part in parts for each in part.steps)
    functions = [*(_shared_functions() if is_guarded else ()), *_question_functions(guards)]
    below = "\n\n".join([*declared, *functions])
    return RevisionText(_indented(_function_body(up)), _indented(downgrades), below)


def _indented(text: str) -> str:
    """Indented by four spaces, without those before the first line: the template has them."""
    return indent(text, _INDENT).lstrip().replace(_NEWLINE, "\n")


def _function_body(plan: ChangePlan) -> str:
    first = [each for each in plan.steps if each.phase is Phase.VALUES]
    rest = [each for each in plan.steps if each.phase is not Phase.VALUES]
    lines: list[str] = []
    if first:
        lines.append("with op.get_context().autocommit_block():  # before they can be used")
        lines += [f"{_INDENT}{line}" for step in first for line in _step_lines(step)]
    if rest:
        lines.append('path = set_search_path("")  # every name below is qualified')
        for difference, steps in _by_difference(rest):
            lines += _comment_lines(difference, 4)
            for step in steps:
                lines += _step_lines(step)
        lines.append("set_search_path(path)")
    return "\n".join(lines) or "pass"


def _by_difference(steps: Sequence[ChangeStep]) -> Iterable[tuple[str, list[ChangeStep]]]:
    """Consecutive steps of the same difference together: they get one comment."""
    found: list[tuple[str, list[ChangeStep]]] = []
    for each in steps:
        if found and found[-1][0] == each.difference:
            found[-1][1].append(each)
        else:
            found.append((each.difference, [each]))
    return found


def _step_lines(step: ChangeStep) -> list[str]:
    lines = _comment_lines(step.warning, 4)
    body = [line for each in step.sql for line in _execute_call(each)]
    if not step.guards:
        return lines + body
    guards = tuple(dict.fromkeys(step.guards))
    if len(guards) == 1 and len(_condition(guards[0])) > WIDTH - 12:
        lines += _expected_lines(str(guards[0].expected))
        guards = (replace(guards[0], expected=VariableName("right")),)
    conditions = [_condition(each) for each in guards]
    if len(conditions) == 1:
        head = [f"if {conditions[0]}:"]
    else:
        rest = [f"{_INDENT}or {each}" for each in conditions[1:]]
        head = ["if (", f"{_INDENT}{conditions[0]}", *rest, "):"]
    return [*lines, *head, *(f"{_INDENT}{each}" for each in body)]


def _execute_call(sql: str) -> list[str]:
    """One call of op.execute; a long one-line statement is broken between words."""
    escaped = _BIND.sub(r"\\\1", _ESCAPED.sub(r"\\\\\1", sql))
    whole = f"op.execute({_literal(escaped)})"
    if "\n" in sql or len(whole) <= WIDTH - 8:
        return [whole]
    return ["op.execute(", *(f"{_INDENT}{each}" for each in _joined_literals(escaped)), ")"]


def _expected_lines(text: str) -> list[str]:
    """The assignment of a long expected answer to the variable `right`."""
    if "\n" in text:
        return [f"right = {_literal(text)}"]
    pieces = _joined_literals(text)
    if len(pieces) == 1:
        return [f"right = {pieces[0]}"]
    return ["right = (", *(f"{_INDENT}{each}" for each in pieces), ")"]


def _joined_literals(text: str) -> list[str]:
    """Adjacent literals, which Python joins, broken between words."""
    pieces = wrap(
        text,
        WIDTH - 18,
        drop_whitespace=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [_literal(each) for each in pieces]


def _condition(guard: CatalogGuard) -> str:
    """The Python condition that is true if the answer is not the expected one."""
    call = f"{guard.question}({', '.join(_literal(each) for each in guard.arguments)})"
    expected = guard.expected
    if expected is True:
        return f"not {call}"
    if expected is False:
        return call
    if expected is None:
        return f"{call} is not None"
    return f"{call} != {expected if isinstance(expected, VariableName) else _literal(expected)}"


def _comment_lines(text: str, depth: int) -> list[str]:
    one_line = " ".join(text.split())  # an empty text gives no line
    one_line = one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]} ..."
    return [f"# {line}" for line in wrap(one_line, WIDTH - depth, break_long_words=False)]


def _literal(text: str) -> str:
    if "\n" in text:
        body = text.replace("\\", "\\\\")
        if '"""' in body or body.endswith('"'):
            body = body.replace('"', '\\"')
        return f'"""{body}"""'.replace("\n", _NEWLINE)
    shown = repr(text)
    if shown.startswith("'") and '"' not in text:
        shown = '"' + shown[1:-1].replace("\\'", "'") + '"'
    return shown


# --- the functions of the file

_SET_SEARCH_PATH = '''\
def set_search_path(path: str) -> str:
    """Set the search path of this session and return the previous one."""
    before = ask("SELECT current_setting('search_path')")
    ask("SELECT set_config('search_path', :path, false)", path=path)
    ask("SELECT set_config('check_function_bodies', :on, false)", on="off" if not path else "on")
    return before
'''
_ASK = '''\
def ask(question: str, **names: str):
    """Query the catalogs for one value; that is why this revision has no offline mode (--sql)."""
    if op.get_context().as_sql:
        raise NotImplementedError("this revision inspects the database: it cannot run with --sql")
    return op.get_bind().execute(sa.text(question), names).scalar()
'''


def _shared_functions() -> list[str]:
    return [_SET_SEARCH_PATH, _ASK]


def _question_functions(guards: Iterable[CatalogGuard]) -> list[str]:
    return [_question_function(name) for name in sorted({each.question for each in guards})]


def _question_function(name: str) -> str:
    question = QUESTIONS[name]
    parameters = ", ".join(f"{each}: str" for each in question.parameters)
    returns = " -> bool" if question.returns == "bool" else ""
    lines = wrap(question.query, WIDTH - 12)
    spaces = [" "] * (len(lines) - 1) + [""]
    pieces = [_literal(f"{line}{space}") for line, space in zip(lines, spaces, strict=True)]
    pieces[-1] += ","
    passed = [f"{each}={each}," for each in question.parameters]
    inside = "".join(f"        {each}\n" for each in (*pieces, *passed))
    return f"def {name}({parameters}){returns}:\n    return ask(\n{inside}    )\n"
