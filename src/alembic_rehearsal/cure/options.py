"""Options of tables, columns and indexes, which a picture has as one text."""

from __future__ import annotations


def option_actions(before: str, after: str, prefix: str = "") -> list[str]:
    """SET and RESET for options that are told as "a=1, b=2"."""
    old, new = (
        dict(each.split("=", 1) for each in text.split(", ") if each) for text in (before, after)
    )
    gone = [f"{prefix}{name}" for name in old if name not in new]
    given = [f"{prefix}{name}={value}" for name, value in new.items() if old.get(name) != value]
    return [f"RESET ({', '.join(gone)})"] * bool(gone) + [f"SET ({', '.join(given)})"] * bool(given)
