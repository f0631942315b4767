"""The scoreboard as a page of Markdown, made from verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoreboard.mutant import Kind, Mutant
from scoreboard.verdict import Verdict

JUDGES = ("rehearsal", "alembic check", "pytest-alembic")
FAMILIES = {
    "H": "history",
    "U": "upgrade and models",
    "D": "downgrade",
    "B": "branches",
    "R": "rows",
    "S": "safety",
    "F": "failure",
    "C": "bypass",
}
TO_COME = ("R", "S", "F", "C")
INTRODUCTION = """\
# Scoreboard

The sample project, broken in {faults} ways, one at a time, and which tool finds each of them.
Written by

```sh
nox -s scoreboard
```

`nox -s scoreboard -- down-passes guard-missing` judges only these two mutants and writes nothing.
The list ([`tests/scoreboard/mutants/`](../tests/scoreboard/mutants/__init__.py)) was written before
the checks that it measures.

- **rehearsal**: `rehearsal run --all`; the codes of its findings. Only findings count, not a
  rehearsal that could not run.
- **alembic check**: `alembic upgrade head` on an empty database, then `alembic check`; the one
  of the two that fails.
- **pytest-alembic**: the ones that fail of its four tests and its two experimental tests. It is
  set up so that all pass on the unbroken sample: its test "leaves no trace" gets the history in
  one line, without forks, and two revisions that cannot run inside its transaction are only
  stamped in it. A mutant that fails only because of that transaction counts as found, too.

Mutants are judged without history.lock: its hashes would find every edit of a revision that
production has applied. Only applied-data-edited is judged with it.

On two real histories, [performance.md](performance.md#real-histories) has the same comparison.

{versions}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One mutant and the verdicts on it, in the order of `JUDGES`."""

    mutant: Mutant
    verdicts: tuple[Verdict, ...]


def page(rows: Sequence[Row], versions: Sequence[str]) -> str:
    """The whole page; `versions` are the programs that were run, with their versions."""
    faults = _of(rows, Kind.FAULT)
    text = INTRODUCTION.format(faults=len(faults), versions="Run with " + ", ".join(versions) + ".")
    return "\n".join(
        (
            text,
            *totals(rows),
            "",
            *_missed(faults),
            "## Faults",
            "",
            *_table(faults),
            "",
            "## Worth a note",
            "",
            "Uses that not every project needs: nothing should fail for them.",
            "",
            *_table(_of(rows, Kind.NOTE), why=True),
            "",
            "## Equivalent",
            "",
            "Edits that change nothing of importance: an objection is a false alarm.",
            "",
            *_table(_of(rows, Kind.HARMLESS), why=True),
            "",
        )
    )


def totals(rows: Sequence[Row]) -> Iterable[str]:
    """How many faults each judge found, by the family of checks that should find them."""
    faults, quiet = _of(rows, Kind.FAULT), _of(rows, Kind.HARMLESS)
    yield "| | of | " + " | ".join(JUDGES) + " |"
    yield "|---|" + "---|" * (len(JUDGES) + 1)
    for letter, family in FAMILIES.items():
        members = [row for row in faults if row.mutant.family == letter]
        if members:
            yield f"| {letter} {family} | {len(members)} | {_counts(members)} |"
    yield f"| **faults found** | **{len(faults)}** | {_counts(faults, '**')} |"
    yield f"| false alarms | {len(quiet)} | {_counts(quiet)} |"


def _counts(rows: Sequence[Row], mark: str = "") -> str:
    sums = (sum(row.verdicts[at].found for row in rows) for at in range(len(JUDGES)))
    return " | ".join(f"{mark}{each}{mark}" for each in sums)


def _missed(faults: Sequence[Row]) -> Iterable[str]:
    missed = [row.mutant for row in faults if not row.verdicts[0].found]
    later = [each.id for each in missed if each.family in TO_COME]
    others = [each.id for each in missed if each.family not in TO_COME]
    if others:
        yield f"Missed by the rehearsal, {len(others)}: {', '.join(others)}."
        yield ""
    if later:
        families = ", ".join(f"{each} {FAMILIES[each]}" for each in TO_COME)
        yield f"Missed, because their families have no checks yet ({families}), {len(later)}:"
        yield ", ".join(later) + "."
        yield ""


def _table(rows: Sequence[Row], *, why: bool = False) -> Iterable[str]:
    reason = (" why only that |", "---|") if why else ("", "")
    yield "| mutant | family | what was broken |" + reason[0] + " " + " | ".join(JUDGES) + " |"
    yield "|---|---|---|" + reason[1] + "---|" * len(JUDGES)
    for row in rows:
        mutant = row.mutant
        cells = [mutant.id, mutant.family, _cell(mutant.says), *([mutant.why] if why else [])]
        yield "| " + " | ".join((*cells, *map(said, row.verdicts))) + " |"


def said(verdict: Verdict) -> str:
    """A verdict in a cell: the objections, or a dash; of trouble the first words."""
    words = [", ".join(verdict.objections)] if verdict.found else []
    if verdict.trouble:
        words.append(f"({verdict.trouble.partition(':')[0]})")
    return " ".join(words) or "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _of(rows: Sequence[Row], kind: Kind) -> list[Row]:
    return [row for row in rows if row.mutant.kind is kind]
