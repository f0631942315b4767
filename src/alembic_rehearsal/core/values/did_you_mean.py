"""The known word that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any


def did_you_mean(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """` (did you mean 'x'?)` for the nearest known word in any case, or nothing."""
    near = difflib.get_close_matches(word.lower(), [each.lower() for each in known], n=1)
    meant = [each for each in known if near and each.lower() == near[0]]
    return f" (did you mean {meant[0]!r}?)" if meant else ""
