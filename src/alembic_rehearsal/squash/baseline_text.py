"""The text of a baseline revision, a Python file that people can read and edit.

Pure: no file is written here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from alembic_rehearsal.squash.values import Bounds

_TEMPLATE = '''\
"""{doc}

`rehearsal squash` wrote it, after the old history and the new one had built the same schema
with the same rows.  The revisions that it replaced are in the history of the version control.

Revision ID: {id}
Revises:
"""

# flake8: noqa

from alembic import op

revision = "{id}"
down_revision = None
branch_labels = {labels}
depends_on = None
baseline = True  # it starts from an empty database; its SQL does not inspect one


def upgrade() -> None:
    for statement in STATEMENTS:
        run(statement.strip())


def downgrade() -> None:
    raise NotImplementedError("{id} is a baseline: there is no older revision")


def run(statement: str) -> None:
    """Run SQL unchanged; `op.execute` would take `:name` and `%` for parameters."""
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(f"{{statement}};")
    else:
        context.connection.exec_driver_sql(statement, execution_options={{"no_parameters": True}})


STATEMENTS = (
{statements})
'''
# Characters to escape in a literal: Python would read a carriage return as a newline.
_ESCAPED = re.compile(r'[\x00-\x08\x0b-\x1f\x7f]|"""')


def baseline_source(bounds: Bounds, statements: Sequence[str]) -> str:
    """The file of a revision that has the id of `bounds.to` and runs the statements."""
    return _TEMPLATE.format(
        id=bounds.to.id,
        doc=_docstring_title(
            f"baseline of {len(bounds.squashed)} revisions: {bounds.to.doc or 'no title'}"
        ),
        labels=_labels_literal(bounds.labels),
        statements="".join(f"    {statement_literal(each)},\n" for each in statements),
    )


def statement_literal(statement: str) -> str:
    """A Python literal for a statement between two newlines, as readable as it can be."""
    if _ESCAPED.search(statement):
        doubled = statement.replace("\\", "\\\\")
        escaped = _ESCAPED.sub(lambda found: _escaped(found[0]), doubled)
        return f'"""\n{escaped}\n"""'
    prefix = "r" if "\\" in statement else ""
    return f'{prefix}"""\n{statement}\n"""'


def _escaped(text: str) -> str:
    return "".join('\\"' if each == '"' else repr(each)[1:-1] for each in text)


def _labels_literal(labels: Sequence[str]) -> str:
    listed = ", ".join(f'"{each}"' for each in labels)
    return f"({listed}{',' if len(labels) == 1 else ''})" if labels else "None"


def _docstring_title(text: str) -> str:
    """A title without quotes and backslashes, which have a meaning in a docstring."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())
