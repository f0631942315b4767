"""A splitter of SQL scripts into single statements, as psql splits them.

It follows psqlscan.l of the PostgreSQL sources, for servers with standard_conforming_strings.
It does not understand psql's own commands (backslash), its variables (`:name`), or the rows
after a COPY FROM STDIN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# The order matters: the first alternative that matches is taken, as in psql's lexer.
_TOKEN = re.compile(
    r"""(?xs)
      (?P<comment>--[^\n]*)
    | (?P<nested>/\*)
    | (?P<text>[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z))
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
    | (?P<end>;)
    | (?P<bracket>[()])
    | (?P<space>\s+)
    | [\d,.=<>+*:%]+
    | .
    """
)
_NESTED = re.compile(r"/\*|\*/")


def statements_of(script: str) -> Iterator[str]:
    """Each statement, without its semicolon and without the comments before it."""
    start, statement = -1, _OpenStatement()
    for at, kind, token in _tokens(script):
        if kind == "end" and statement.can_end:
            if start >= 0:
                yield script[start:at].strip()
            start, statement = -1, _OpenStatement()
        elif kind not in ("comment", "space"):
            start = at if start < 0 else start
            statement.take(kind, token)
    if start >= 0:
        yield script[start:].strip()


def _tokens(script: str) -> Iterator[tuple[int, str, str]]:
    """Position, kind and text of each token; a quoted text or a comment is one token."""
    at = 0
    while at < len(script):
        found = _TOKEN.match(script, at)
        assert found is not None, "the last alternative takes any character"
        kind, end = found.lastgroup or "", found.end()
        if kind == "nested":
            kind, end = "comment", _end_of_comment(script, end)
        elif kind == "dollar":
            closing = script.find(found.group(), end)
            end = len(script) if closing < 0 else closing + len(found.group())
        yield at, kind, script[at:end]
        at = end


def _end_of_comment(script: str, at: int) -> int:
    """The position after a comment; comments nest (PostgreSQL manual, Lexical Structure)."""
    depth = 1
    while depth:
        found = _NESTED.search(script, at)
        if found is None:
            return len(script)
        depth += 1 if found.group() == "/*" else -1
        at = found.end()
    return at


class _OpenStatement:
    """A statement that is not complete yet; `can_end` says whether a semicolon would end it.

    A semicolon in brackets does not (a rule has several actions there), nor one between BEGIN
    and END of a function with a standard SQL body, in which CASE has an END of its own.
    """

    def __init__(self) -> None:
        self._brackets = 0
        self._blocks = 0
        self._words: list[str] = []

    @property
    def can_end(self) -> bool:
        return self._brackets <= 0 and self._blocks == 0

    def take(self, kind: str, token: str) -> None:
        if kind == "bracket":
            self._brackets += 1 if token == "(" else -1
        elif kind == "word" and self._brackets <= 0:
            self._take_word(token.lower())

    def _take_word(self, word: str) -> None:
        if len(self._words) < 4:
            self._words.append(word)
        if not self._creates_function():
            return
        if word == "begin" or (self._blocks and word == "case"):
            self._blocks += 1
        elif self._blocks and word == "end":
            self._blocks -= 1

    def _creates_function(self) -> bool:
        words = self._words
        after = words[3:4] if words[1:3] == ["or", "replace"] else words[1:2]
        return words[:1] == ["create"] and after in (["function"], ["procedure"])
