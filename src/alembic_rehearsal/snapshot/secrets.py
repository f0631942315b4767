"""Possible secrets in a dump: the place and the kind of each, never the value.

Comments, defaults and bodies are schema, so they stay in the text.  Patterns can only guess, so a
person has to check.  Nothing is printed or removed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_rehearsal.snapshot.dump_text import Section, sections
from alembic_rehearsal.snapshot.values import Suspicion

ROWS_HEADING = "-- Reference rows:"  # the heading of the rows in a snapshot
_WORD = r"(?:\w*_)?(?:password|passwd|pwd|passphrase|secret(?:_?key)?)"
_KEY = r"(?:\w*_)?(?:api_?key|access_?key|private_?key|token)"
_NAME = rf"(?:(?P<word>{_WORD})|{_KEY})"
_LITERAL = r"E?'(?P<value>(?:[^'\n]|'')+)"
# Placeholders; or the quote ended a string, and SQL follows it that adds the value.
_PLACEHOLDER = re.compile(
    r"[*x.?]+|<.*>|\{.*\}|\[.*\]|\$.*|%.*|:.*|\s*(?:\|\||,|\)).*", re.IGNORECASE
)

# Lower-case hints, one of which a text must contain for a pattern to be tried: searching for
# words is about fifty times as fast as for patterns.
_TOKEN_HINTS = (
    *("akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"),
    *("slack", "_live_", "_test_", "whsec_", "aiza", "sg.", "sk-", "-----begin", "eyj"),
)
_HINTS = ("pass", "pwd", "secret", "api", "access", "private", "token", "://")
# Tokens with a prefix that their issuers chose to make them recognisable.
_TOKENS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Slack token": r"\bxox[abeprs]-[\w-]{10,}|hooks\.slack\.com/services/\w+",
    "a Stripe key": r"\b(?:[sr]k_(?:live|test)_|whsec_)\w{10,}",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a SendGrid key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "an API key": r"\bsk-[\w-]{20,}",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY",
    "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
}
# Guesses with a group `value`, which may be a placeholder or an ordinary word.
_GUESSES = {
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:(?P<value>[^\s@/'\"]+)@[\w.\[]",
    "a password in a connection string": r"""\b(?:host|hostaddr|dbname|user|port)\s*=\s*[^\s'"]+
        [^"\n;]*?\b(?P<word>password)\s*=\s*'*(?P<value>[^\s'"|;]+)""",
    "a password or key after its name": rf"""(?<!\w){_NAME}"?\s*(?:=|:=|=>)\s*{_LITERAL}""",
    "a password or key as a default": rf"""^\s*"?{_NAME}"?\s[^,\n]*\bDEFAULT\s+{_LITERAL}""",
}
_OPTION_GUESSES = {"a password or key in options": rf"""^\s*"?{_NAME}"?\s+{_LITERAL}"""}
_PROSE_GUESSES = {
    "a password or key in plain words": rf"""(?<!\w)(?:{_WORD}|{_KEY}|api\ key)
        (?:\s*=|\s*:|\s+is)\s*["']*(?P<value>[^\s'",;]+)"""
}
_FOREIGN = ("FOREIGN DATA WRAPPER", "SERVER", "FOREIGN TABLE")


def find_suspicions(sql: str) -> tuple[Suspicion, ...]:
    """Everything in a snapshot's text that looks like a secret, by line."""
    schema, heading, rows = sql.rpartition(f"\n{ROWS_HEADING}")
    if not heading:
        schema, rows = sql, ""
    parts = [*sections(schema), Section("reference rows", "-", "", len(schema), heading + rows)]
    found = {
        Suspicion(sql.count("\n", 0, each.start + at) + 1, _object_name(each), kind): None
        for each in parts
        for at, kind in _find_in_section(each)
    }
    return tuple(sorted(found, key=lambda each: each.line))


def _find_in_section(section: Section) -> Iterator[tuple[int, str]]:
    small = section.text.lower()
    if any(hint in small for hint in _TOKEN_HINTS):
        for kind, pattern in _COMPILED_TOKENS.items():
            yield from ((found.start(), kind) for found in pattern.finditer(section.text))
    if not any(hint in small for hint in _HINTS):
        return
    guesses = _COMPILED_GUESSES | (_COMPILED_OPTION if section.kind in _FOREIGN else {})
    for kind, pattern in guesses.items():
        for found in pattern.finditer(section.text):
            if _is_suspicious(found):
                yield found.start("value"), kind
    if section.kind == "COMMENT":
        yield from _find_in_prose(section.text)


def _find_in_prose(text: str) -> Iterator[tuple[int, str]]:
    for kind, pattern in _COMPILED_PROSE.items():
        for found in pattern.finditer(text):
            if re.search(r"\d|=", found[0]) and _is_real_value(found["value"]):
                yield found.start("value"), kind


def _is_suspicious(found: re.Match[str]) -> bool:
    """Whether a match is a likely secret.

    A password may be an ordinary word.  The value of a "token" or "key" often names only a kind,
    so it must be long and have a digit.
    """
    value = found["value"]
    if found.groupdict().get("word") or "://" in found[0]:
        return _is_real_value(value)
    return len(value) >= 12 and re.search(r"\d", value) is not None and " " not in value


def _is_real_value(text: str) -> bool:
    return len(text) >= 4 and _PLACEHOLDER.fullmatch(text) is None


def _object_name(section: Section) -> str:
    """The usual name of a section's object: "function public.f()", "comment on table public.t"."""
    schema = "" if section.schema == "-" else f"{section.schema}."
    if section.kind == "COMMENT":
        kind, _, name = section.name.partition(" ")
        return f"comment on {kind.lower()} {schema}{name}"
    return f"{section.kind.lower()} {schema}{section.name}".strip()


def _compile_patterns(patterns: dict[str, str], flags: re.RegexFlag) -> dict[str, re.Pattern[str]]:
    return {kind: re.compile(pattern, flags) for kind, pattern in patterns.items()}


_GUESS_FLAGS = re.IGNORECASE | re.MULTILINE | re.VERBOSE
_COMPILED_TOKENS = _compile_patterns(_TOKENS, re.NOFLAG)
_COMPILED_GUESSES = _compile_patterns(_GUESSES, _GUESS_FLAGS)
_COMPILED_OPTION = _compile_patterns(_OPTION_GUESSES, _GUESS_FLAGS)
_COMPILED_PROSE = _compile_patterns(_PROSE_GUESSES, _GUESS_FLAGS)
