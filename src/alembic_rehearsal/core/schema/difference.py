"""One thing that two schemas do not agree on, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

YES = "yes"


class Change(StrEnum):
    """What became of an object on the way from the first schema to the second."""

    ADDED = "only in the second"
    REMOVED = "only in the first"
    CHANGED = "different"
    UNREAD = "not known of both"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one object, or one attribute of it, became.

    `kind` and `name` are those of the picture's key; `attribute` is "" where the whole
    object came or went.  `first` and `second` are its text in either schema, "" where
    there is none.  `real` is False for what no statement that names its columns can notice,
    but by a name that Postgres chose.
    """

    kind: str
    name: str
    change: Change
    attribute: str = ""
    first: str = ""
    second: str = ""
    real: bool = True

    @property
    def text(self) -> str:
        """The difference as a sentence on one line, without its full stop."""
        what = f"{self.kind} {self.name}".strip()
        match self.change:
            case Change.ADDED:
                sentence = f"{what} is new"
            case Change.REMOVED:
                sentence = f"{what} is gone"
            case Change.UNREAD:
                sentence = f"{what}: {self.first or self.second}"
            case Change.CHANGED:
                sentence = what + self._change_text()
        return " ".join(sentence.split())

    def _change_text(self) -> str:
        if self.attribute in _ADJECTIVE_ATTRIBUTES and {self.first, self.second} == {YES, ""}:
            return f" is {'now' if self.second else 'no longer'} {self.attribute}"
        first, second = (text.removeprefix(YES) for text in (self.first, self.second))
        if not self.second:
            return f" lost {'' if self.attribute == 'value' else 'its '}{self.attribute} {first}"
        if not self.first:
            return f" gained {self.attribute} {second}"
        return f": {self.attribute} {self.first} became {self.second}"


# Attributes that say what an object is; of the others it is told what it has.
_ADJECTIVE_ATTRIBUTES = frozenset(
    {
        "not null",
        "not valid in its NOT NULL",
        "no inherit in its NOT NULL",
        "local in its NOT NULL",
        "unique",
        "invalid",
        "clustered",
        "attached",
        "inherited",
        "strict",
        "leakproof",
        "restrictive",
        "nondeterministic",
        "trusted",
        "collatable",
        "without its usual comment",
    }
)
