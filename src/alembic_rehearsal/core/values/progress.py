"""How a command reports its progress: one line of text at a time."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
