"""The suggestion of a known word for a misspelled one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any


def did_you_mean(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """` (did you mean 'x'?)` with the most similar known word, ignoring case; "" if none is."""
    near = difflib.get_close_matches(word.lower(), [each.lower() for each in known], n=1)
    similar = [each for each in known if near and each.lower() == near[0]]
    return f" (did you mean {similar[0]!r}?)" if similar else ""
