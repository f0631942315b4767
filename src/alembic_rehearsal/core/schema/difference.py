"""One difference between two schemas, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

YES = "yes"


class Change(StrEnum):
    """How an object changed from the first schema to the second.

    `UNREAD` means that it could not be compared.  Other modules use the names and the values.
    """

    ADDED = "only in the second"
    REMOVED = "only in the first"
    CHANGED = "different"
    UNREAD = "not known of both"


@dataclass(frozen=True, slots=True)
class Difference:
    """One object, or one attribute of it, that is not the same in both schemas.

    `kind` and `name` are those of the picture's key.  `attribute` is "" if the whole object
    was added or removed.  `first` and `second` are the text in each schema, "" if there is
    none.  `real` is False for a cosmetic difference: no statement that names its columns can
    notice it, except one that uses a name that Postgres chose.
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
        subject = f"{self.kind} {self.name}".strip()
        match self.change:
            case Change.ADDED:
                sentence = f"{subject} is new"
            case Change.REMOVED:
                sentence = f"{subject} is gone"
            case Change.UNREAD:
                sentence = f"{subject}: {self.first or self.second}"
            case Change.CHANGED:
                sentence = subject + self._change_text()
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


# Attributes for "is now X" and "is no longer X"; the others are lost, gained or changed.
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
